#pragma once

#include <augur/codec/impl/json.ipp>

namespace augur::inline AUGUR_ABI::codec::json {

AUGUR_INLINE kind value::kind() const noexcept
{
    return tape_->nodes[index_].kind;
}

AUGUR_INLINE result<bool> value::as_bool() const
{
    if (kind() != json::kind::boolean)
        return make_decode_error("wanted boolean, found " + std::string(to_string(kind())));
    return raw() == "true";
}

AUGUR_INLINE bool value::is_integer() const noexcept
{
    // NaN and Infinity end in a letter.
    return kind() == json::kind::number && raw().find_first_of(".eE") == std::string_view::npos && raw().back() <= '9';
}

namespace detail {

template <class Integer>
result<Integer> to_integer(value const& v, char const* name)
{
    if (v.kind() != json::kind::number)
        return v.make_decode_error("wanted " + std::string(name) + ", found " + std::string(to_string(v.kind())));
    if (auto const number = to_whole<Integer>(v.raw()))
        return *number;
    return v.make_decode_error("the number " + sanitise(v.raw(), 40) + " is not a " + name);
}

} // namespace detail

AUGUR_INLINE result<std::int64_t> value::as_int64() const
{
    return detail::to_integer<std::int64_t>(*this, "64-bit signed integer");
}

AUGUR_INLINE result<std::uint64_t> value::as_uint64() const
{
    return detail::to_integer<std::uint64_t>(*this, "64-bit unsigned integer");
}

AUGUR_INLINE result<double> value::as_double() const
{
    if (kind() != json::kind::number)
        return make_decode_error("wanted number, found " + std::string(to_string(kind())));
    if (auto const number = detail::to_double(raw()))
        return *number;
    if (auto const number = detail::to_not_finite(raw())) // which `to_double` does not take for numbers
        return *number;
    return make_decode_error("the number " + sanitise(raw(), 40) + " is too large for a double");
}

AUGUR_INLINE result<std::string_view> value::as_string() const
{
    if (kind() != json::kind::string)
        return make_decode_error("wanted string, found " + std::string(to_string(kind())));
    return tape_->string(tape_->nodes[index_]);
}

AUGUR_INLINE std::size_t value::size() const noexcept
{
    return is_array() || is_object() ? tape_->nodes[index_].extra : 0;
}

AUGUR_INLINE elements value::elements() const noexcept
{
    return {tape_, index_ + 1, is_array() ? tape_->nodes[index_].next : index_ + 1};
}

AUGUR_INLINE members value::members() const noexcept
{
    return {tape_, index_ + 1, is_object() ? tape_->nodes[index_].next : index_ + 1};
}

AUGUR_INLINE elements::iterator& elements::iterator::operator++() noexcept
{
    index_ = tape_->nodes[index_].next;
    return *this;
}

AUGUR_INLINE members::iterator& members::iterator::operator++() noexcept
{
    index_ = tape_->nodes[index_ + 1].next;
    return *this;
}

AUGUR_INLINE member members::iterator::operator*() const noexcept
{
    return {tape_->string(tape_->nodes[index_]), value(tape_, index_ + 1)};
}

AUGUR_INLINE result<value> value::at(std::string_view key) const
{
    if (!is_object())
        return make_decode_error("wanted object, found " + std::string(to_string(kind())));
    std::optional<value> found;
    for (auto const& [name, content] : members()) {
        if (name != key)
            continue;
        if (found)
            return content.make_decode_error("the key is there more than once");
        found = content;
    }
    if (!found)
        return make_decode_error("there is no member \"" + sanitise(key, 60) + '"');
    return *found;
}

AUGUR_INLINE result<value> value::at(std::size_t index) const
{
    if (!is_array())
        return make_decode_error("wanted array, found " + std::string(to_string(kind())));
    if (index >= size())
        return make_decode_error("there is no element " + std::to_string(index) + ", only " + std::to_string(size()));
    auto it = elements().begin();
    for (std::size_t i = 0; i < index; ++i)
        ++it;
    return *it;
}

AUGUR_INLINE std::optional<value> value::find(std::string_view key) const noexcept
{
    std::optional<value> found;
    for (auto const& [name, content] : members()) {
        if (name != key)
            continue;
        if (found)
            return std::nullopt;
        found = content;
    }
    return found;
}

AUGUR_INLINE std::optional<std::string_view> value::find_string(std::string_view key) const noexcept
{
    auto const found = find(key);
    if (!found || found->kind() != json::kind::string)
        return std::nullopt;
    return tape_->string(tape_->nodes[found->index_]);
}

AUGUR_INLINE std::string_view value::raw() const noexcept
{
    return tape_->source(tape_->nodes[index_]);
}

AUGUR_INLINE std::string value::path() const
{
    std::vector<detail::path_step> steps;
    std::uint32_t at = 0;
    while (at != index_) {
        // Into the child that holds us: the last one that does not begin behind us.
        bool const keyed = tape_->nodes[at].kind == json::kind::object;
        std::uint32_t child = at + 1;
        std::size_t position = 0;
        for (;;) {
            auto const content = keyed ? child + 1 : child;
            if (index_ < tape_->nodes[content].next) {
                steps.push_back({keyed ? child : detail::no_unescaped, position});
                at = content;
                break;
            }
            child = tape_->nodes[content].next;
            ++position;
        }
    }
    return detail::path_text(*tape_, steps);
}

AUGUR_INLINE error value::make_decode_error(std::string_view what) const
{
    return detail::parse_error(path() + ": " + std::string(what));
}

} // namespace augur::inline AUGUR_ABI::codec::json
