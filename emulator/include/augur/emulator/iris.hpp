#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

/// R. A. Fisher's iris data (1936): four lengths in centimetres, three species.
namespace iris {

inline constexpr std::size_t feature_count = 4;
inline constexpr std::size_t class_count = 3;
inline constexpr std::array<std::string_view, feature_count> feature_names = {"sepal_length", "sepal_width",
                                                                              "petal_length", "petal_width"};
inline constexpr std::array<std::string_view, class_count> class_names = {"setosa", "versicolor", "virginica"};

using features = std::array<double, feature_count>;

struct sample
{
    features x{};
    std::size_t label = 0;
};

/// The text of examples/data/iris.csv, as it was when the emulator was built.
std::string_view embedded_csv() noexcept;

/// Reads a file of that form: a header line, then four numbers and a class name per line.
/// Throws std::runtime_error with the line number when the text is something else.
std::vector<sample> read_csv(std::string_view text);

} // namespace iris

/// A trained model: four numbers to three probabilities that sum to one.
class classifier
{
public:
    virtual ~classifier() = default;
    virtual std::string_view name() const noexcept = 0;
    virtual std::array<double, iris::class_count> probabilities(iris::features const& x) const = 0;

    /// The most probable class; the first of equals.
    std::size_t predict(iris::features const& x) const;
};

/// Linear discriminant analysis: every class is a Gaussian with its own mean, all share one covariance
/// matrix. The class borders are then planes.
std::shared_ptr<classifier const> train_linear_discriminant(std::vector<iris::sample> const& samples);

/// k nearest neighbours by Euclidean distance; a class's probability is its share of the k votes.
std::shared_ptr<classifier const> train_nearest_neighbours(std::vector<iris::sample> const& samples,
                                                           std::size_t k = 13);

using trainer = std::function<std::shared_ptr<classifier const>(std::vector<iris::sample> const&)>;

/// The share of samples that are predicted rightly by a model trained without their fold. Every fold has the
/// classes in the same proportion; the seed decides who is in which. The same seed gives the same number on
/// every platform.
double cross_validate(std::vector<iris::sample> const& samples, trainer const& train, std::size_t folds = 10,
                      std::uint64_t seed = 1936);

} // namespace augur::emulator
