#pragma once

#include <augur/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// IEEE 754 binary16. Conversion from float rounds to nearest, ties to even; to float it is exact.
class float16
{
public:
    constexpr float16() noexcept = default;
    explicit float16(float value) noexcept;
    static constexpr float16 from_bits(std::uint16_t bits) noexcept
    {
        float16 out;
        out.bits_ = bits;
        return out;
    }
    constexpr std::uint16_t bits() const noexcept { return bits_; }
    explicit operator float() const noexcept;

private:
    std::uint16_t bits_ = 0;
};

/// The upper half of a binary32. Conversion from float rounds to nearest, ties to even; to float it is exact.
class bfloat16
{
public:
    constexpr bfloat16() noexcept = default;
    explicit bfloat16(float value) noexcept;
    static constexpr bfloat16 from_bits(std::uint16_t bits) noexcept
    {
        bfloat16 out;
        out.bits_ = bits;
        return out;
    }
    constexpr std::uint16_t bits() const noexcept { return bits_; }
    explicit operator float() const noexcept;

private:
    std::uint16_t bits_ = 0;
};

static_assert(sizeof(float16) == 2 && sizeof(bfloat16) == 2 && sizeof(bool) == 1);

enum class element_type : std::uint8_t
{
    f16,
    bf16,
    f32,
    f64,
    i8,
    i16,
    i32,
    i64,
    u8,
    u16,
    u32,
    u64,
    boolean,
    string,
};

/// "f16" ... "boolean", "string".
std::string_view to_string(element_type type) noexcept;
/// Bytes of one element; 0 for strings.
std::size_t element_size(element_type type) noexcept;

namespace detail {

template <class T>
struct element_type_of;
template <element_type Type>
using element_constant = std::integral_constant<element_type, Type>;
// clang-format off
template <> struct element_type_of<float16> : element_constant<element_type::f16> {};
template <> struct element_type_of<bfloat16> : element_constant<element_type::bf16> {};
template <> struct element_type_of<float> : element_constant<element_type::f32> {};
template <> struct element_type_of<double> : element_constant<element_type::f64> {};
template <> struct element_type_of<std::int8_t> : element_constant<element_type::i8> {};
template <> struct element_type_of<std::int16_t> : element_constant<element_type::i16> {};
template <> struct element_type_of<std::int32_t> : element_constant<element_type::i32> {};
template <> struct element_type_of<std::int64_t> : element_constant<element_type::i64> {};
template <> struct element_type_of<std::uint8_t> : element_constant<element_type::u8> {};
template <> struct element_type_of<std::uint16_t> : element_constant<element_type::u16> {};
template <> struct element_type_of<std::uint32_t> : element_constant<element_type::u32> {};
template <> struct element_type_of<std::uint64_t> : element_constant<element_type::u64> {};
template <> struct element_type_of<bool> : element_constant<element_type::boolean> {};
template <> struct element_type_of<std::string> : element_constant<element_type::string> {};
// clang-format on

} // namespace detail

template <class T>
concept TensorElement = requires { detail::element_type_of<T>::value; };

/// Typed values in n dimensions, row-major and contiguous. Immutable but for its name; copies share the
/// values, so that a copy of a large tensor is cheap and a request may be sent twice.
class tensor
{
public:
    using dimension = std::int64_t;

    /// No elements: f32, shape {0}. So is a tensor that was moved from.
    tensor() noexcept;
    tensor(tensor const& other);
    tensor(tensor&& other) noexcept;
    tensor& operator=(tensor const& other);
    tensor& operator=(tensor&& other) noexcept;
    ~tensor();

    /// Takes the values over without a copy. std::invalid_argument when `shape` does not hold them all;
    /// the shape {} is one scalar.
    template <TensorElement T>
    tensor(std::vector<T> values, std::vector<dimension> shape)
    {
        adopt(std::move(values), std::move(shape));
    }

    /// Shape {1, n}: one row of features.
    static tensor row(std::vector<float> values);
    template <TensorElement T>
    static tensor row(std::vector<T> values)
    {
        auto const size = static_cast<dimension>(values.size());
        return tensor(std::move(values), {1, size});
    }

    /// From row-major bytes in the byte order of this machine. `errc::invalid_argument` when the shape is
    /// negative or does not fit the bytes; a boolean byte other than 0 is true. Not for strings.
    static result<tensor> from_bytes(element_type type, std::vector<dimension> shape, std::string_view bytes);

    tensor& named(std::string name) & { return name_ = std::move(name), *this; }
    tensor named(std::string name) && { return name_ = std::move(name), std::move(*this); }

    std::string const& name() const noexcept { return name_; }
    element_type type() const noexcept { return type_; }
    std::span<dimension const> shape() const noexcept { return owner_ ? std::span<dimension const>(shape_) : nothing; }
    std::size_t rank() const noexcept { return shape().size(); }
    /// Number of elements.
    std::size_t size() const noexcept { return size_; }
    /// The elements in this machine's byte order; empty for strings. Lives as long as any copy of the tensor.
    std::string_view bytes() const noexcept { return {static_cast<char const*>(data_), size_ * element_size(type_)}; }

    /// The elements, or `errc::decode_error` that names both types. Lives as long as any copy of the tensor.
    template <TensorElement T>
    result<std::span<T const>> as() const
    {
        if (type_ != detail::element_type_of<T>::value)
            return type_mismatch(detail::element_type_of<T>::value);
        return std::span<T const>(static_cast<T const*>(data_), size_);
    }

    /// Element `index` (row-major) of any numeric type as a double; a 64-bit integer that no double equals
    /// and an index past the end are `errc::decode_error`.
    result<double> number(std::size_t index) const;
    /// Elements below each index of the first dimension; 1 for a scalar.
    std::size_t row_size() const noexcept;

    /// Same type, shape, name and bits.
    friend bool operator==(tensor const& a, tensor const& b) noexcept { return equal(a, b); }

private:
    template <class T>
    void adopt(std::vector<T>&& values, std::vector<dimension>&& shape)
    {
        check(values.size(), shape);
        type_ = detail::element_type_of<T>::value;
        shape_ = std::move(shape);
        size_ = values.size();
        if constexpr (std::is_same_v<T, bool>) { // vector<bool> is not contiguous
            auto owner = std::make_shared<T[]>(size_);
            for (std::size_t i = 0; i < size_; ++i)
                owner[i] = values[i];
            data_ = owner.get();
            owner_ = std::move(owner);
        }
        else {
            auto owner = std::make_shared<std::vector<T> const>(std::move(values));
            data_ = owner->data();
            owner_ = std::move(owner);
        }
    }
    static void check(std::size_t count, std::span<dimension const> shape);
    error type_mismatch(element_type wanted) const;
    static bool equal(tensor const& a, tensor const& b) noexcept;

    static constexpr dimension nothing[] = {0}; // the shape without an owner: a move must not need memory for it

    std::shared_ptr<void const> owner_;
    void const* data_ = nullptr;
    std::size_t size_ = 0;
    std::vector<dimension> shape_;
    std::string name_;
    element_type type_ = element_type::f32;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/tensor.ipp>
#endif
