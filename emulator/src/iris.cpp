#include <augur/emulator/iris.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <utility>

namespace augur::emulator {

namespace iris {

std::vector<sample> read_csv(std::string_view text)
{
    std::vector<sample> samples;
    std::size_t line_number = 0;
    auto const fail = [&](std::string_view what) {
        throw std::runtime_error("iris data, line " + std::to_string(line_number) + ": " + std::string(what));
    };
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        if (++line_number == 1 || line.empty()) // the first line holds the names
            continue;

        sample s;
        for (auto& value : s.x) {
            auto const comma = line.find(',');
            if (comma == line.npos)
                fail("five columns are needed");
            auto const [stop, failure] = std::from_chars(line.data(), line.data() + comma, value);
            if (failure != std::errc() || stop != line.data() + comma || !std::isfinite(value))
                fail("not a number");
            line.remove_prefix(comma + 1);
        }
        auto const known = std::find(class_names.begin(), class_names.end(), line);
        if (known == class_names.end())
            fail("unknown class name");
        s.label = static_cast<std::size_t>(known - class_names.begin());
        samples.push_back(s);
    }
    if (samples.empty())
        throw std::runtime_error("iris data: no rows");
    return samples;
}

} // namespace iris

namespace {

using iris::class_count;
using iris::feature_count;
using iris::features;
using iris::sample;
using class_array = std::array<double, class_count>;
using matrix = std::array<features, feature_count>;

features centred(features const& x, features const& mean)
{
    features d{};
    for (std::size_t i = 0; i < feature_count; ++i)
        d[i] = x[i] - mean[i];
    return d;
}

/// Solves a x = b for a symmetric positive definite matrix: a = L L^T (Cholesky), then two substitutions.
features solve(matrix const& a, features const& b)
{
    matrix l{};
    for (std::size_t i = 0; i < feature_count; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = a[i][j];
            for (std::size_t k = 0; k < j; ++k)
                sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 0))
                throw std::runtime_error("iris data: the columns depend on each other");
            l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
        }
    }
    features y{};
    for (std::size_t i = 0; i < feature_count; ++i) {
        double sum = b[i];
        for (std::size_t k = 0; k < i; ++k)
            sum -= l[i][k] * y[k];
        y[i] = sum / l[i][i];
    }
    features x{};
    for (std::size_t i = feature_count; i-- > 0;) {
        double sum = y[i];
        for (std::size_t k = i + 1; k < feature_count; ++k)
            sum -= l[k][i] * x[k];
        x[i] = sum / l[i][i];
    }
    return x;
}

/// exp(score) / sum of exp(score), without overflow.
class_array softmax(class_array scores)
{
    double const top = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    for (auto& s : scores)
        sum += s = std::exp(s - top);
    for (auto& s : scores)
        s /= sum;
    return scores;
}

/// With a shared covariance S the log of the posterior is linear in x:
///   score_c(x) = x . (S^-1 m_c) - m_c . (S^-1 m_c) / 2 + log(prior_c)
class linear_discriminant final : public classifier
{
public:
    explicit linear_discriminant(std::vector<sample> const& samples)
    {
        std::array<features, class_count> mean{};
        std::array<double, class_count> count{};
        for (auto const& s : samples) {
            count[s.label] += 1;
            for (std::size_t i = 0; i < feature_count; ++i)
                mean[s.label][i] += s.x[i];
        }
        for (std::size_t c = 0; c < class_count; ++c)
            for (auto& m : mean[c])
                m /= std::max(count[c], 1.0);

        matrix covariance{};
        for (auto const& s : samples) {
            auto const d = centred(s.x, mean[s.label]);
            for (std::size_t i = 0; i < feature_count; ++i)
                for (std::size_t j = 0; j < feature_count; ++j)
                    covariance[i][j] += d[i] * d[j];
        }
        auto const total = static_cast<double>(samples.size());
        for (auto& row : covariance)
            for (auto& v : row)
                v /= std::max(total - class_count, 1.0);

        for (std::size_t c = 0; c < class_count; ++c) {
            weight_[c] = solve(covariance, mean[c]);
            bias_[c] = std::log(count[c] / total) -
                       0.5 * std::inner_product(mean[c].begin(), mean[c].end(), weight_[c].begin(), 0.0);
        }
    }

    std::string_view name() const noexcept override { return "linear discriminant analysis"; }

    class_array probabilities(features const& x) const override
    {
        class_array scores{};
        for (std::size_t c = 0; c < class_count; ++c)
            scores[c] = std::inner_product(x.begin(), x.end(), weight_[c].begin(), bias_[c]);
        // Far outside the data two scores can both be infinite; equal shares say "no idea" honestly.
        if (!std::all_of(scores.begin(), scores.end(), [](double s) { return std::isfinite(s); }))
            return {1.0 / 3, 1.0 / 3, 1.0 / 3};
        return softmax(scores);
    }

private:
    std::array<features, class_count> weight_{};
    class_array bias_{};
};

class nearest_neighbours final : public classifier
{
public:
    nearest_neighbours(std::vector<sample> samples, std::size_t k)
        : samples_(std::move(samples)), k_(std::clamp<std::size_t>(k, 1, samples_.size()))
    {
    }

    std::string_view name() const noexcept override { return "k nearest neighbours"; }

    class_array probabilities(features const& x) const override
    {
        std::vector<std::pair<double, std::size_t>> near; // squared distance, label
        near.reserve(samples_.size());
        for (auto const& s : samples_) {
            auto const d = centred(x, s.x);
            near.emplace_back(std::inner_product(d.begin(), d.end(), d.begin(), 0.0), s.label);
        }
        auto const edge = near.begin() + static_cast<std::ptrdiff_t>(k_);
        std::partial_sort(near.begin(), edge, near.end());
        class_array votes{};
        for (auto n = near.begin(); n != edge; ++n)
            votes[n->second] += 1.0 / static_cast<double>(k_);
        return votes;
    }

private:
    std::vector<sample> samples_;
    std::size_t k_;
};

} // namespace

std::size_t classifier::predict(iris::features const& x) const
{
    auto const p = probabilities(x);
    return static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
}

std::shared_ptr<classifier const> train_linear_discriminant(std::vector<sample> const& samples)
{
    return std::make_shared<linear_discriminant>(samples);
}

std::shared_ptr<classifier const> train_nearest_neighbours(std::vector<sample> const& samples, std::size_t k)
{
    if (samples.empty())
        throw std::runtime_error("iris data: no rows");
    return std::make_shared<nearest_neighbours>(samples, k);
}

double cross_validate(std::vector<sample> const& samples, trainer const& train, std::size_t folds, std::uint64_t seed)
{
    // Deal every class out over the folds in a random order. std::shuffle is not used because its result
    // differs between standard libraries.
    std::mt19937_64 random(seed);
    std::vector<std::size_t> fold(samples.size());
    std::size_t next_fold = 0;
    for (std::size_t label = 0; label < class_count; ++label) {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < samples.size(); ++i)
            if (samples[i].label == label)
                members.push_back(i);
        for (std::size_t i = members.size(); i > 1; --i)
            std::swap(members[i - 1], members[random() % i]);
        for (auto const m : members)
            fold[m] = next_fold++ % folds;
    }

    std::size_t right = 0;
    for (std::size_t f = 0; f < folds; ++f) {
        std::vector<sample> others;
        for (std::size_t i = 0; i < samples.size(); ++i)
            if (fold[i] != f)
                others.push_back(samples[i]);
        auto const model = train(others);
        for (std::size_t i = 0; i < samples.size(); ++i)
            if (fold[i] == f && model->predict(samples[i].x) == samples[i].label)
                ++right;
    }
    return static_cast<double>(right) / static_cast<double>(samples.size());
}

} // namespace augur::emulator
