#pragma once

#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/openai_wire/impl/object_fields.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::openai_wire::detail {

struct write_state
{
    json::writer& out;
    std::optional<error> failure; ///< the first JSON text of the caller's that is none

    void fail(std::string_view member, error const& why)
    {
        if (!failure)
            failure = make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                                 std::string(member) + " is not usable JSON: " + std::string(why.message()));
    }
};

/// Walks the same descriptions as object_reader. What stands in `extra` wins over the field of the same name,
/// and objects are merged; but see blanks_yield().
class object_writer
{
public:
    static constexpr bool reading = false;
    static constexpr auto usual = [](auto& io, auto& object) { members(io, object); };

    /// An object whose bracket is written already.
    object_writer(write_state& state, std::string const& extra) : state_(state), begun_(true) { use(extra); }

    void text(std::string_view key, std::string const& value)
    {
        if (!value.empty() && is_free(key))
            at(key).string(value);
    }
    void essential_text(std::string_view key, std::string const& value) { text(key, value); }
    void boolean(std::string_view key, std::optional<bool> value)
    {
        if (value && is_free(key))
            at(key).boolean(*value);
    }
    void number(std::string_view key, std::optional<double> value)
    {
        if (value && is_free(key))
            at(key).number(*value);
    }
    void number(std::string_view key, double value)
    {
        if (is_free(key))
            at(key).number(value);
    }
    void integer(std::string_view key, std::optional<std::int64_t> value)
    {
        if (value && is_free(key))
            at(key).number(*value);
    }
    void integer(std::string_view key, std::int64_t value)
    {
        if (value != 0)
            integer(key, std::optional(value));
    }
    void position(std::string_view key, std::int64_t value) { integer(key, std::optional(value)); }
    void any(std::string_view key, std::string const& text)
    {
        if (text.empty() || !is_free(key))
            return;
        if (auto const parsed = json::parse(text); !parsed)
            state_.fail(key, parsed.error());
        else
            at(key).raw(parsed->root().raw());
    }
    void texts(std::string_view key, std::vector<std::string> const& values)
    {
        if (values.empty() || !is_free(key))
            return;
        at(key).begin_array();
        for (auto const& value : values)
            state_.out.string(value);
        state_.out.end_array();
    }
    void text_or_texts(std::string_view key, std::vector<std::string> const& values, bool one)
    {
        if (!one || values.size() != 1)
            texts(key, values);
        else if (is_free(key))
            at(key).string(values.front());
    }
    void pairs(std::string_view key, std::vector<std::pair<std::string, std::string>> const& values)
    {
        if (values.empty() || !is_free(key))
            return;
        at(key).begin_object();
        for (auto const& [name, value] : values)
            state_.out.key(name).string(value);
        state_.out.end_object();
    }
    template <class Enum>
    void word(std::string_view key, Enum value, std::span<enum_name const> names)
    {
        for (auto const& [number, name] : names)
            if (number == static_cast<int>(value) && is_free(key))
                at(key).string(name);
    }
    void constant(std::string_view key, std::string_view value)
    {
        if (is_free(key))
            at(key).string(value);
    }

    template <class Members>
    void object(std::string_view key, Members inner_members)
    {
        auto more = rest_ ? rest_->find(key) : std::nullopt;
        bool const yields = more && yields_here(*more);
        if (yields)
            more.reset();
        else if (more ? !more->is_object() : !is_free(key))
            return;
        object_writer inner(*this, key);
        inner.rest_ = more;
        inner.blanks_yield_ = blanks_yield_;
        if (more) {
            inner.begin();
            written_.push_back(key);
        }
        inner_members(inner);
        inner.finish();
        if (yields && inner.begun_)
            written_.push_back(key);
    }
    template <class Members>
    void essential_object(std::string_view key, Members inner_members)
    {
        object(key, inner_members);
    }
    template <class T, class Describe>
    void record(std::string_view key, std::optional<T> const& value, Describe describe)
    {
        if (value && is_free(key))
            record_at(key, *value, true, describe);
    }
    template <class T>
    void record(std::string_view key, std::optional<T> const& value)
    {
        record(key, value, usual);
    }
    template <class T>
    void record(std::string_view key, T const& value)
    {
        if (is_free(key))
            record_at(key, value, false, usual);
    }
    template <class T>
    void essential_record(std::string_view key, T const& value)
    {
        record(key, value);
    }
    template <class T, class Describe>
    void list(std::string_view key, std::vector<T> const& values, Describe describe)
    {
        if (values.empty() || !is_free(key))
            return;
        at(key).begin_array();
        for (auto const& value : values)
            write(state_, value, describe);
        state_.out.end_array();
    }
    template <class T>
    void list(std::string_view key, std::vector<T> const& values)
    {
        list(key, values, usual);
    }
    template <class T>
    void essential_list(std::string_view key, std::vector<T> const& values)
    {
        list(key, values);
    }

    template <class T, class Describe>
    static void write(write_state& state, T const& value, Describe describe)
    {
        state.out.begin_object();
        auto const& data = fields(value);
        object_writer inner(state, data.extra);
        describe(inner, data);
        inner.finish();
    }
    template <class T>
    static void write(write_state& state, T const& value)
    {
        write(state, value, usual);
    }

    /// What is left of `extra`, and the closing bracket if there was an opening one.
    void finish()
    {
        if (rest_)
            for (auto const [key, value] : rest_->members()) {
                bool written = false;
                for (auto const& known : written_)
                    written = written || known == key;
                if (!written)
                    at(key).raw(value.raw());
            }
        if (begun_)
            state_.out.end_object();
    }

    /// A member that the caller writes the value of.
    json::writer& at(std::string_view key)
    {
        begin();
        return state_.out.key(key);
    }
    /// Whether the field of this key is to be written. Also false for a key that `extra` has more than once, which
    /// find() knows nothing of.
    bool is_free(std::string_view key)
    {
        bool yields = false;
        if (rest_)
            for (auto const [name, value] : rest_->members())
                if (name == key) {
                    if (!yields_here(value))
                        return false;
                    yields = true;
                }
        if (yields)
            written_.push_back(key);
        return true;
    }
    /// From here on a null or an empty text in `extra` gives way to a field that says something: of an object that came
    /// in pieces `extra` is of the first one, and what it lacked the later ones brought.
    void blanks_yield() noexcept { blanks_yield_ = true; }
    write_state& state() noexcept { return state_; }

private:
    /// An object that is only written if something is in it.
    object_writer(object_writer& parent, std::string_view key) : state_(parent.state_), parent_(&parent), key_(key) {}

    bool yields_here(json::value v) const { return blanks_yield_ && (v.is_null() || v.raw() == "\"\""); }
    void begin()
    {
        if (!begun_)
            parent_->at(key_).begin_object();
        begun_ = true;
    }
    void use(std::string const& extra)
    {
        if (extra.empty())
            return;
        auto parsed = json::parse(extra);
        if (!parsed || !parsed->root().is_object())
            return state_.fail("extra", parsed ? parsed->root().make_decode_error("wanted object") : parsed.error());
        document_ = std::move(*parsed);
        rest_ = document_->root();
    }
    template <class T, class Describe>
    void record_at(std::string_view key, T const& value, bool even_if_empty, Describe describe)
    {
        object_writer inner(*this, key);
        if (even_if_empty)
            inner.begin();
        auto const& data = fields(value);
        inner.use(data.extra);
        describe(inner, data);
        inner.finish();
    }

    write_state& state_;
    object_writer* parent_ = nullptr;
    std::string_view key_;
    bool begun_ = false;
    std::optional<json::document> document_; ///< of `extra`
    std::optional<json::value> rest_;
    bool blanks_yield_ = false;
    std::vector<std::string_view> written_; ///< keys of `rest_` that a field was written for, or merged with
};

} // namespace augur::inline AUGUR_ABI::openai_wire::detail
