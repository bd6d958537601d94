#pragma once

#include <augur/openai_wire/impl/fault.hpp>
#include <augur/openai_wire/impl/object_reader.hpp>
#include <augur/openai_wire/impl/object_writer.hpp>

namespace augur::inline AUGUR_ABI::openai_wire::detail {

template <class T>
result<std::string> write_text(T const& value)
{
    json::writer out;
    write_state state{out, std::nullopt};
    object_writer::write(state, value);
    if (state.failure)
        return *state.failure;
    return std::move(out).finish();
}

/// Reads an object of the dialect. `what` names it in the error.
template <class T>
result<T> read_object(json::value root, std::string_view what)
{
    if (!root.is_object())
        return root.make_decode_error(std::string("wanted ") + std::string(what) + ", found " +
                                      std::string(to_string(root.kind())));
    T out = make<T>();
    read_state state(root.raw());
    object_reader reader(root, state);
    auto& data = fields(out);
    members(reader, data);
    reader.finish(data.extra);
    if (state.failure)
        return *state.failure;
    return out;
}

template <class T>
result<T> read_text(std::string_view text, std::string_view what)
{
    auto const document = json::parse(text);
    if (!document)
        return document.error();
    return read_object<T>(document->root(), what);
}

/// An answer with status 200: the object that was wanted, which has the member `sign`, or an error.
template <class T>
result<T> read_answer(std::string_view text, std::string_view what, std::string_view sign)
{
    auto const document = json::parse(text);
    if (!document)
        return document.error();
    auto const root = document->root();
    if (auto fault = stream_error_in(root))
        return std::move(fault->with(outcome::complete).at(phase::decode));
    if (auto const found = root.at(sign); root.is_object() && !found)
        return found.error();
    return read_object<T>(root, what);
}

} // namespace augur::inline AUGUR_ABI::openai_wire::detail
