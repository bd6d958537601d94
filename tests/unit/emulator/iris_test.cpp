#include <augur/emulator/iris.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <stdexcept>

using namespace augur::emulator;

namespace {

std::vector<iris::sample> const& flowers()
{
    static auto const samples = iris::read_csv(iris::embedded_csv());
    return samples;
}

std::shared_ptr<classifier const> neighbours(std::vector<iris::sample> const& s)
{
    return train_nearest_neighbours(s);
}

} // namespace

TEST_CASE("iris: the data are Fisher's: 150 flowers, 50 of each kind, the known means and extremes")
{
    CHECK(flowers().size() == 150);
    std::map<std::size_t, int> kinds;
    iris::features sum{}, least{9, 9, 9, 9}, most{};
    for (auto const& s : flowers()) {
        ++kinds[s.label];
        for (std::size_t i = 0; i < 4; ++i) {
            sum[i] += s.x[i];
            least[i] = std::min(least[i], s.x[i]);
            most[i] = std::max(most[i], s.x[i]);
        }
    }
    CHECK(kinds == std::map<std::size_t, int>{{0, 50}, {1, 50}, {2, 50}});
    iris::features const means{5.843333, 3.057333, 3.758, 1.199333};
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(sum[i] / 150 == doctest::Approx(means[i]).epsilon(1e-5));
    CHECK(least == iris::features{4.3, 2.0, 1.0, 0.1});
    CHECK(most == iris::features{7.9, 4.4, 6.9, 2.5});
    // The copy in the UCI repository has two wrong rows; in Fisher's table they are these.
    CHECK(flowers()[34].x == iris::features{4.9, 3.1, 1.5, 0.2});
    CHECK(flowers()[37].x == iris::features{4.9, 3.6, 1.4, 0.1});
}

TEST_CASE("iris: both algorithms reach 0.95 in stratified 10-fold cross-validation, whatever the seed")
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        CHECK(cross_validate(flowers(), train_linear_discriminant, 10, seed) >= 0.95);
        CHECK(cross_validate(flowers(), neighbours, 10, seed) >= 0.95);
    }
}

TEST_CASE("iris: the same seed gives the same cross-validation")
{
    CHECK(cross_validate(flowers(), neighbours, 10, 7) == cross_validate(flowers(), neighbours, 10, 7));
}

TEST_CASE("iris: cross-validation never tests on what it trained on")
{
    // A model that learned nothing but its samples by heart is right on each of them and wrong on all others.
    auto const by_heart = [](std::vector<iris::sample> const& samples) {
        struct memory final : classifier
        {
            std::vector<iris::sample> known;
            std::string_view name() const noexcept override { return "memory"; }
            std::array<double, 3> probabilities(iris::features const& x) const override
            {
                for (auto const& s : known)
                    if (s.x == x)
                        return {s.label == 0 ? 1.0 : 0.0, s.label == 1 ? 1.0 : 0.0, s.label == 2 ? 1.0 : 0.0};
                return {0, 0, 0};
            }
        };
        auto m = std::make_shared<memory>();
        m->known = samples;
        return std::shared_ptr<classifier const>(m);
    };
    std::vector<iris::sample> distinct; // labels 1 and 2 only, so that "unknown" (class 0) is always wrong
    for (std::size_t i = 0; i < 60; ++i)
        distinct.push_back({{double(i), 0, 0, 0}, 1 + i % 2});
    CHECK(cross_validate(distinct, by_heart) == 0.0);
}

TEST_CASE("iris: probabilities lie between 0 and 1 and sum to 1, also far outside the data")
{
    auto const discriminant = train_linear_discriminant(flowers());
    auto const votes = neighbours(flowers());
    for (iris::features const x : {iris::features{5.1, 3.5, 1.4, 0.2},
                                   {5.9, 3.0, 4.9, 1.7},
                                   {0, 0, 0, 0},
                                   {-1e6, 1e6, -1e6, 1e6},
                                   {1e308, 1e308, 1e308, 1e308},
                                   {-1e308, 1e308, 0, 0}})
        for (auto const& model : {discriminant, votes}) {
            auto const p = model->probabilities(x);
            CAPTURE(model->name());
            CAPTURE(x[0]);
            CHECK(p[0] + p[1] + p[2] == doctest::Approx(1));
            for (auto const share : p)
                CHECK((share >= 0 && share <= 1));
        }
}

TEST_CASE("iris: linear discriminant analysis has the posteriors of R's MASS::lda")
{
    // lda(Species ~ ., iris); row 84 is the best-known doubtful one. R says 0.1434 versicolor, 0.8566 virginica.
    auto const p = train_linear_discriminant(flowers())->probabilities({6.0, 2.7, 5.1, 1.6});
    CHECK(p[1] == doctest::Approx(0.1434).epsilon(0.005));
    CHECK(p[2] == doctest::Approx(0.8566).epsilon(0.005));
}

TEST_CASE("iris: a broken data file is refused with its line")
{
    auto const problem = [](std::string_view text) {
        try {
            iris::read_csv(text);
            return std::string();
        }
        catch (std::runtime_error const& e) {
            return std::string(e.what());
        }
    };
    CHECK(problem("a,b,c,d,e\n5,3,1,0,setosa\n") == "");
    CHECK(problem("a,b,c,d,e\r\n5,3,1,0,setosa\r\n") == "");
    CHECK(problem("a,b,c,d,e\n5,3,1,setosa\n").find("line 2") != std::string::npos);
    CHECK(problem("a,b,c,d,e\n5,3,1,0,setosa\n5,3,x,0,setosa\n").find("line 3: not a number") != std::string::npos);
    CHECK(problem("a,b,c,d,e\n5,3,nan,0,setosa\n").find("line 2: not a number") != std::string::npos);
    CHECK(problem("a,b,c,d,e\n5,3,1,0,rose\n").find("unknown class") != std::string::npos);
    CHECK(problem("").find("no rows") != std::string::npos);
}
