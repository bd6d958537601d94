#pragma once

#include <augur/openai_wire/impl/object_text.hpp>
#include <augur/openai_wire/models.hpp>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

template <class Io, of<model_info> T>
void members(Io& io, T& m)
{
    io.text("id", m.id);
    io.integer("created", m.created);
    io.text("owned_by", m.owned_by);
}

template <class Io, of<model_list> T>
void members(Io& io, T& l)
{
    io.essential_list("data", l.models);
    io.boolean("has_more", l.has_more);
}

template <class Io, of<deletion> T>
void members(Io& io, T& d)
{
    io.text("id", d.id);
    io.boolean("deleted", d.deleted);
}

} // namespace detail

AUGUR_INLINE result<model_list> parse_model_list(std::string_view text)
{
    return detail::read_answer<model_list>(text, "a list of models", "data");
}

AUGUR_INLINE result<model_info> parse_model(std::string_view text)
{
    return detail::read_answer<model_info>(text, "a model", "id");
}

AUGUR_INLINE result<deletion> parse_deletion(std::string_view text)
{
    return detail::read_answer<deletion>(text, "a deletion", "id");
}

AUGUR_INLINE result<std::string> write_model_list(model_list const& list)
{
    return detail::write_text(list);
}

AUGUR_INLINE result<std::string> write_model(model_info const& model)
{
    return detail::write_text(model);
}

AUGUR_INLINE result<std::string> write_deletion(deletion const& done)
{
    return detail::write_text(done);
}

} // namespace augur::inline AUGUR_ABI::openai_wire
