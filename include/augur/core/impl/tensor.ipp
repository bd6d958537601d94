#pragma once

#include <augur/core/impl/exact_number.hpp>
#include <augur/core/tensor.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE tensor::tensor() noexcept = default;
AUGUR_INLINE tensor::tensor(tensor const&) = default;
AUGUR_INLINE tensor& tensor::operator=(tensor const&) = default;
AUGUR_INLINE tensor::~tensor() = default;

AUGUR_INLINE tensor::tensor(tensor&& other) noexcept
    : owner_(std::move(other.owner_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      shape_(std::move(other.shape_)),
      name_(std::exchange(other.name_, {})),
      type_(std::exchange(other.type_, element_type::f32))
{
}

AUGUR_INLINE tensor& tensor::operator=(tensor&& other) noexcept
{
    auto taken(std::move(other));
    owner_.swap(taken.owner_);
    data_ = taken.data_;
    size_ = taken.size_;
    shape_.swap(taken.shape_);
    name_.swap(taken.name_);
    type_ = taken.type_;
    return *this;
}

AUGUR_INLINE tensor tensor::row(std::vector<float> values)
{
    return row<float>(std::move(values));
}

namespace detail {

/// Elements of a shape; nullopt for a negative dimension or a number that no memory holds.
inline std::optional<std::size_t> element_count(std::span<std::int64_t const> shape) noexcept
{
    constexpr std::uint64_t most = std::uint64_t{1} << 48;
    std::uint64_t count = 1;
    bool empty = false;
    for (auto const dimension : shape) {
        if (dimension < 0)
            return std::nullopt;
        auto const d = static_cast<std::uint64_t>(dimension);
        if (d == 0)
            empty = true;
        else if (count > most / d) // a zero elsewhere does not excuse a shape whose strides overflow
            return std::nullopt;
        else
            count *= d;
    }
    return static_cast<std::size_t>(empty ? 0 : count);
}

inline std::string shape_text(std::span<std::int64_t const> shape)
{
    std::string text = "{";
    for (std::size_t i = 0; i < shape.size() && i < 16; ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return text + (shape.size() > 16 ? ", ...}" : "}");
}

/// Calls `use` with a null pointer of the element's type.
template <class Use>
auto with_element_type(element_type type, Use&& use)
{
    switch (type) {
    case element_type::f16: return use(static_cast<float16*>(nullptr));
    case element_type::bf16: return use(static_cast<bfloat16*>(nullptr));
    case element_type::f32: return use(static_cast<float*>(nullptr));
    case element_type::f64: return use(static_cast<double*>(nullptr));
    case element_type::i8: return use(static_cast<std::int8_t*>(nullptr));
    case element_type::i16: return use(static_cast<std::int16_t*>(nullptr));
    case element_type::i32: return use(static_cast<std::int32_t*>(nullptr));
    case element_type::i64: return use(static_cast<std::int64_t*>(nullptr));
    case element_type::u8: return use(static_cast<std::uint8_t*>(nullptr));
    case element_type::u16: return use(static_cast<std::uint16_t*>(nullptr));
    case element_type::u32: return use(static_cast<std::uint32_t*>(nullptr));
    case element_type::u64: return use(static_cast<std::uint64_t*>(nullptr));
    case element_type::boolean: return use(static_cast<bool*>(nullptr));
    case element_type::string: break;
    }
    return use(static_cast<std::string*>(nullptr));
}

inline error tensor_error(std::string text)
{
    return make_error(errc::decode_error, phase::decode, outcome::complete, std::move(text));
}

} // namespace detail

AUGUR_INLINE float16::float16(float value) noexcept
{
    auto const bits = std::bit_cast<std::uint32_t>(value);
    auto const sign = (bits >> 16) & 0x8000U;
    auto const magnitude = bits & 0x7FFF'FFFFU;
    std::uint32_t half;
    if (magnitude > 0x7F80'0000U) { // NaN: keep what fits of its payload, but never make it an infinity
        auto const payload = (magnitude >> 13) & 0x3FFU;
        half = 0x7C00U | (payload != 0 ? payload : 0x200U);
    }
    else if (magnitude >= 0x477F'F000U) // 65520 and above round to infinity
        half = 0x7C00U;
    else if (magnitude >= 0x3880'0000U) // normal: 2^-14 and above; a carry out of the fraction is right
        half = (magnitude - (112U << 23) + 0xFFFU + ((magnitude >> 13) & 1U)) >> 13;
    else if (magnitude > 0x3300'0000U) { // subnormal: above 2^-25
        auto const shift = 126U - (magnitude >> 23);
        auto const fraction = (magnitude & 0x7F'FFFFU) | 0x80'0000U;
        auto const rest = fraction & ((1U << shift) - 1U);
        auto const tie = 1U << (shift - 1U);
        half = fraction >> shift;
        if (rest > tie || (rest == tie && (half & 1U) != 0))
            ++half;
    }
    else
        half = 0;
    bits_ = static_cast<std::uint16_t>(sign | half);
}

AUGUR_INLINE float16::operator float() const noexcept
{
    auto const sign = (bits_ & 0x8000U) << 16;
    auto const exponent = (bits_ >> 10) & 0x1FU;
    auto const fraction = bits_ & 0x3FFU;
    if (exponent == 0) {
        auto const magnitude = std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1p-24F);
        return std::bit_cast<float>(sign | magnitude);
    }
    if (exponent == 31)
        return std::bit_cast<float>(sign | 0x7F80'0000U | (fraction << 13));
    return std::bit_cast<float>(sign | ((exponent + 112U) << 23) | (fraction << 13));
}

AUGUR_INLINE bfloat16::bfloat16(float value) noexcept
{
    auto const bits = std::bit_cast<std::uint32_t>(value);
    std::uint32_t upper;
    if ((bits & 0x7FFF'FFFFU) > 0x7F80'0000U)
        upper = (bits >> 16) | ((bits & 0x7F'0000U) != 0 ? 0U : 0x40U);
    else
        upper = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
    bits_ = static_cast<std::uint16_t>(upper);
}

AUGUR_INLINE bfloat16::operator float() const noexcept
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16);
}

AUGUR_INLINE std::string_view to_string(element_type type) noexcept
{
    switch (type) {
    case element_type::f16: return "f16";
    case element_type::bf16: return "bf16";
    case element_type::f32: return "f32";
    case element_type::f64: return "f64";
    case element_type::i8: return "i8";
    case element_type::i16: return "i16";
    case element_type::i32: return "i32";
    case element_type::i64: return "i64";
    case element_type::u8: return "u8";
    case element_type::u16: return "u16";
    case element_type::u32: return "u32";
    case element_type::u64: return "u64";
    case element_type::boolean: return "boolean";
    case element_type::string: return "string";
    }
    return "unknown";
}

AUGUR_INLINE std::size_t element_size(element_type type) noexcept
{
    return detail::with_element_type(type, [](auto* sample) -> std::size_t {
        using element = std::remove_pointer_t<decltype(sample)>;
        return std::is_same_v<element, std::string> ? 0 : sizeof(element);
    });
}

AUGUR_INLINE void tensor::check(std::size_t count, std::span<dimension const> shape)
{
    if (detail::element_count(shape) != count)
        throw std::invalid_argument("augur: tensor: " + std::to_string(count) + " values for the shape " +
                                    detail::shape_text(shape));
}

AUGUR_INLINE result<tensor> tensor::from_bytes(element_type type, std::vector<dimension> shape, std::string_view bytes)
{
    auto const count = detail::element_count(shape);
    auto const width = element_size(type);
    if (!count || width == 0 || bytes.size() % width != 0 || bytes.size() / width != *count)
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "tensor: " + std::to_string(bytes.size()) + " bytes for the shape " +
                              detail::shape_text(shape) + " of " + std::string(to_string(type)));
    tensor out;
    out.type_ = type;
    out.shape_ = std::move(shape);
    out.size_ = *count;
    detail::with_element_type(type, [&](auto* sample) {
        using element = std::remove_pointer_t<decltype(sample)>;
        if constexpr (!std::is_same_v<element, std::string>) {
            auto owner = std::make_shared_for_overwrite<element[]>(*count);
            if constexpr (std::is_same_v<element, bool>)
                std::ranges::transform(bytes, owner.get(), [](char c) { return c != 0; });
            else if (!bytes.empty())
                std::memcpy(owner.get(), bytes.data(), bytes.size());
            out.data_ = owner.get();
            out.owner_ = std::move(owner);
        }
    });
    return out;
}

AUGUR_INLINE result<double> tensor::number(std::size_t index) const
{
    if (index >= size_)
        return detail::tensor_error("there is no element " + std::to_string(index) + " in a tensor of " +
                                    std::to_string(size_));
    return detail::with_element_type(type_, [&](auto* sample) -> result<double> {
        using element = std::remove_pointer_t<decltype(sample)>;
        if constexpr (std::is_same_v<element, bool> || std::is_same_v<element, std::string>)
            return detail::tensor_error("element " + std::to_string(index) + " is a " + std::string(to_string(type_)) +
                                        ", wanted a number");
        else {
            auto const value = static_cast<element const*>(data_)[index];
            if constexpr (std::is_same_v<element, std::int64_t> || std::is_same_v<element, std::uint64_t>) {
                if (auto const exact = detail::exact_double(value))
                    return *exact;
                return detail::tensor_error("element " + std::to_string(index) + " is " + std::to_string(value) +
                                            ", which no double equals");
            }
            else if constexpr (std::is_same_v<element, float16> || std::is_same_v<element, bfloat16>)
                return static_cast<double>(static_cast<float>(value));
            else
                return static_cast<double>(value);
        }
    });
}

AUGUR_INLINE std::size_t tensor::row_size() const noexcept
{
    if (rank() == 0)
        return 1;
    std::size_t size = 1;
    for (auto const d : shape().subspan(1))
        size *= static_cast<std::size_t>(d);
    return size;
}

AUGUR_INLINE error tensor::type_mismatch(element_type wanted) const
{
    return detail::tensor_error("the tensor" + (name_.empty() ? "" : " \"" + sanitise(name_, 120) + '"') + " holds " +
                                std::string(to_string(type_)) + ", wanted " + std::string(to_string(wanted)));
}

AUGUR_INLINE bool tensor::equal(tensor const& a, tensor const& b) noexcept
{
    if (a.type_ != b.type_ || !std::ranges::equal(a.shape(), b.shape()) || a.name_ != b.name_)
        return false;
    if (a.type_ == element_type::string)
        return std::ranges::equal(std::span(static_cast<std::string const*>(a.data_), a.size_),
                                  std::span(static_cast<std::string const*>(b.data_), b.size_));
    return a.bytes() == b.bytes();
}

} // namespace augur::inline AUGUR_ABI
