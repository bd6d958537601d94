#pragma once

#include <augur/codec/impl/json_number.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/openai_wire/impl/object_fields.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Each type of the dialect is described once, by a function `members(io, object)` that names its fields. The
/// reader and the writer both walk that description, so that what is read can be written again unchanged.
///
/// The rule that makes it so: a member goes into its field only if the field can tell it from "absent". What
/// is unknown, null, empty or zero by default, or of another kind, is kept as text in `extra`.
namespace augur::inline AUGUR_ABI::openai_wire::detail {

struct read_state
{
    /// Empty objects are three bytes of text and hundreds of memory. No service comes near this bound.
    explicit read_state(std::string_view text) noexcept : room((std::size_t{16} << 20) + 16 * text.size()) {}

    std::optional<error> failure; ///< the first thing that makes a text unusable
    std::size_t room; ///< bytes that the objects of all lists together may take
};

class object_reader
{
public:
    static constexpr bool reading = true;
    static constexpr auto usual = [](auto& io, auto& object) { members(io, object); };

    object_reader(json::value object, read_state& state) : object_(object), state_(state) {}

    json::value object() const noexcept { return object_; }

    void text(std::string_view key, std::string& to)
    {
        if (auto const v = find(key, json::kind::string))
            if (auto const words = *v->as_string(); !words.empty()) {
                to = words;
                taken_.push_back(key);
            }
    }
    /// A text whose absence may not pass for "nothing was said".
    void essential_text(std::string_view key, std::string& to)
    {
        require(key, json::kind::string);
        text(key, to);
    }
    void boolean(std::string_view key, std::optional<bool>& to)
    {
        if (auto const v = find(key, json::kind::boolean)) {
            to = *v->as_bool();
            taken_.push_back(key);
        }
    }
    void number(std::string_view key, std::optional<double>& to)
    {
        if (double found = 0; number_at(key, found))
            to = found;
    }
    /// Always written.
    void number(std::string_view key, double& to) { number_at(key, to); }
    void integer(std::string_view key, std::optional<std::int64_t>& to)
    {
        if (std::int64_t found = 0; integer_at(key, found))
            to = found;
    }
    void integer(std::string_view key, std::int64_t& to)
    {
        if (std::int64_t found = 0; integer_at(key, found, true))
            to = found;
    }
    /// A number that counts from 0 and is always written.
    void position(std::string_view key, std::int64_t& to)
    {
        require(key, json::kind::number);
        integer_at(key, to);
    }
    /// Any value but null, as text.
    void any(std::string_view key, std::string& to)
    {
        if (auto const v = object_.find(key); v && !v->is_null()) {
            to = v->raw();
            taken_.push_back(key);
        }
    }
    void texts(std::string_view key, std::vector<std::string>& to)
    {
        auto const v = find(key, json::kind::array);
        if (!v || v->size() == 0 || !all_are(*v, json::kind::string))
            return;
        for (json::value const element : v->elements())
            to.emplace_back(*element.as_string());
        taken_.push_back(key);
    }
    /// A text or a list of them.
    void text_or_texts(std::string_view key, std::vector<std::string>& to, bool& one)
    {
        if (auto const v = find(key, json::kind::string)) {
            to.emplace_back(*v->as_string());
            one = true;
            taken_.push_back(key);
        }
        else
            texts(key, to);
    }
    void pairs(std::string_view key, std::vector<std::pair<std::string, std::string>>& to)
    {
        auto const v = find(key, json::kind::object);
        if (!v || v->size() == 0)
            return;
        for (auto const [name, value] : v->members())
            if (value.kind() != json::kind::string)
                return;
        for (auto const [name, value] : v->members())
            to.emplace_back(name, *value.as_string());
        taken_.push_back(key);
    }
    /// A word of a list, as a number.
    template <class Enum>
    void word(std::string_view key, Enum& to, std::span<enum_name const> names)
    {
        if (auto const v = find(key, json::kind::string))
            for (auto const& [value, name] : names)
                if (name == *v->as_string()) {
                    to = static_cast<Enum>(value);
                    taken_.push_back(key);
                    return;
                }
    }
    void constant(std::string_view key, std::string_view value)
    {
        if (auto const v = find(key, json::kind::string); v && *v->as_string() == value)
            taken_.push_back(key);
    }

    /// An object whose members are fields of the same type.
    template <class Members>
    void object(std::string_view key, Members inner_members)
    {
        auto const v = find(key, json::kind::object);
        if (!v || v->size() == 0)
            return;
        object_reader inner(*v, state_);
        inner_members(inner);
        inner.keep_rest();
        if (inner.any_rest_)
            keep(key, *std::move(inner.rest_).finish());
        taken_.push_back(key);
    }
    template <class Members>
    void essential_object(std::string_view key, Members inner_members)
    {
        require(key, json::kind::object);
        object(key, inner_members);
    }
    /// An object that is a type of its own. `describe` is its description where it has another than elsewhere.
    template <class T, class Describe>
    void record(std::string_view key, std::optional<T>& to, Describe describe)
    {
        if (auto const v = find(key, json::kind::object); v && v->size() > 0) {
            read(*v, to.emplace(make<T>()), describe);
            taken_.push_back(key);
        }
    }
    template <class T>
    void record(std::string_view key, std::optional<T>& to)
    {
        record(key, to, usual);
    }
    template <class T>
    void essential_record(std::string_view key, T& to)
    {
        require(key, json::kind::object);
        record(key, to);
    }
    template <class T>
    void record(std::string_view key, T& to)
    {
        if (auto const v = find(key, json::kind::object); v && v->size() > 0) {
            read(*v, to);
            taken_.push_back(key);
        }
    }
    /// A list of objects.
    template <class T, class Describe>
    void list(std::string_view key, std::vector<T>& to, Describe describe)
    {
        auto const v = find(key, json::kind::array);
        if (!v || v->size() == 0 || !all_are(*v, json::kind::object))
            return;
        if (v->size() > state_.room / sizeof(T)) {
            if (!state_.failure)
                fail(v->make_decode_error("too many objects for so little text"));
            return;
        }
        state_.room -= v->size() * sizeof(T);
        to.reserve(v->size());
        for (json::value const element : v->elements()) {
            if (state_.failure)
                return; // to say where a fault is costs as much as all that stands before it: once, not each time
            read(element, to.emplace_back(make<T>()), describe);
        }
        taken_.push_back(key);
    }
    template <class T>
    void list(std::string_view key, std::vector<T>& to)
    {
        list(key, to, usual);
    }
    template <class T>
    void essential_list(std::string_view key, std::vector<T>& to)
    {
        require(key, json::kind::array);
        if (auto const v = object_.find(key); v && v->is_array())
            for (json::value const element : v->elements())
                if (!element.is_object())
                    fail(element, json::kind::object);
        list(key, to);
    }

    template <class T, class Describe>
    void read(json::value v, T& to, Describe describe)
    {
        object_reader inner(v, state_);
        auto& data = fields(to);
        describe(inner, data);
        inner.finish(data.extra);
    }
    template <class T>
    void read(json::value v, T& to)
    {
        read(v, to, usual);
    }
    /// Gives what no field took.
    void finish(std::string& extra)
    {
        keep_rest();
        if (any_rest_)
            extra = *std::move(rest_).finish();
    }

    /// A key that is there twice: which one was meant?
    void once(std::string_view key)
    {
        if (object_.find(key) || state_.failure)
            return;
        for (auto const& [name, value] : object_.members())
            if (name == key && !state_.failure)
                state_.failure = object_.at(key).error();
    }
    std::optional<json::value> find(std::string_view key, json::kind kind) const
    {
        auto v = object_.find(key);
        return v && v->kind() == kind ? v : std::nullopt;
    }
    /// As many keys as a type has fields, or some other small number: each member is compared with all of them.
    void take(std::string_view key) { taken_.push_back(key); }
    void fail(error why)
    {
        if (!state_.failure)
            state_.failure = std::move(why);
    }
    void fail(json::value v, json::kind wanted)
    {
        if (!state_.failure)
            fail(v.make_decode_error("wanted " + std::string(to_string(wanted)) + ", found " +
                                     std::string(to_string(v.kind()))));
    }

private:
    static bool all_are(json::value list, json::kind kind)
    {
        for (json::value const element : list.elements())
            if (element.kind() != kind)
                return false;
        return true;
    }
    void require(std::string_view key, json::kind kind)
    {
        once(key);
        if (auto const v = object_.find(key); v && !v->is_null() && v->kind() != kind)
            fail(*v, kind);
    }
    // From the source text, for the error of as_double() and as_int64() holds a path, which costs as much as all that
    // stands before the number.
    bool number_at(std::string_view key, double& to)
    {
        auto const v = find(key, json::kind::number);
        auto const found = v ? json::detail::to_double(v->raw()) : std::nullopt;
        if (!found)
            return false;
        to = *found;
        taken_.push_back(key);
        return true;
    }
    bool integer_at(std::string_view key, std::int64_t& to, bool not_zero = false)
    {
        auto const v = find(key, json::kind::number);
        auto const found = v ? json::detail::to_whole<std::int64_t>(v->raw()) : std::nullopt;
        if (!found || (not_zero && *found == 0))
            return false;
        to = *found;
        taken_.push_back(key);
        return true;
    }
    void keep(std::string_view key, std::string_view text)
    {
        if (!any_rest_)
            rest_.begin_object();
        any_rest_ = true;
        rest_.key(key).raw(text);
    }
    void keep_rest()
    {
        for (auto const [key, value] : object_.members())
            if (std::ranges::find(taken_, key) == taken_.end())
                keep(key, value.raw());
        if (any_rest_)
            rest_.end_object();
    }

    json::value object_;
    read_state& state_;
    std::vector<std::string_view> taken_;
    json::writer rest_;
    bool any_rest_ = false;
};

} // namespace augur::inline AUGUR_ABI::openai_wire::detail
