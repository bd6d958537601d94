#pragma once

#include <augur/model/chat_event.hpp>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline std::optional<std::string_view> piece(chat_delta const* delta, std::string chat_delta::* member) noexcept
{
    if (!delta || (delta->*member).empty())
        return std::nullopt;
    return std::string_view(delta->*member);
}

/// Nobody else takes, and nobody puts while one is here: no exchange is needed.
AUGUR_INLINE chat_event_block* chat_event_shelf::take() noexcept
{
    auto* const block = kept_.load(std::memory_order_acquire);
    if (block)
        kept_.store(nullptr, std::memory_order_relaxed);
    return block;
}

/// Once it is there, the reader may take it and be gone, and the shelf with it: nothing may be touched after.
AUGUR_INLINE bool chat_event_shelf::put(chat_event_block* block) noexcept
{
    chat_event_block* nothing = nullptr;
    return block->data.source.capacity() <= most_kept &&
           kept_.compare_exchange_strong(nothing, block, std::memory_order_acq_rel, std::memory_order_relaxed);
}

/// Blocks hold on to the shelf: one that stayed there would keep both alive for ever.
AUGUR_INLINE void chat_event_shelf::close() noexcept
{
    delete kept_.exchange(closed(), std::memory_order_acq_rel);
}

AUGUR_INLINE void chat_event_return::operator()(chat_event_block* block) const noexcept
{
    if (!block->shelf || !block->shelf->put(block))
        delete block;
}

AUGUR_INLINE chat_event chat_event_maker::make()
{
    chat_event_owner block(shelf_->take());
    if (!block) {
        block.reset(new chat_event_block);
        block->shelf = shelf_;
    }
    return chat_event(std::move(block));
}

} // namespace detail

AUGUR_INLINE chat_event::chat_event(chat_event const& other)
{
    if (other.block_)
        fields() = other.fields();
}

AUGUR_INLINE chat_event& chat_event::operator=(chat_event const& other)
{
    return *this = chat_event(other);
}

AUGUR_INLINE detail::chat_event_data& chat_event::fields()
{
    if (!block_)
        block_.reset(new detail::chat_event_block);
    block_->likeness = 0;
    return block_->data;
}

AUGUR_INLINE detail::chat_event_data const& chat_event::none() noexcept
{
    static detail::chat_event_data const nothing{};
    return nothing;
}

AUGUR_INLINE chat_delta const* chat_event::find(std::int64_t choice) const noexcept
{
    for (auto const& delta : fields().choices)
        if (delta.index == choice)
            return &delta;
    return nullptr;
}

AUGUR_INLINE std::optional<std::string_view> chat_event::text(std::int64_t choice) const noexcept
{
    return detail::piece(find(choice), &chat_delta::content);
}

AUGUR_INLINE std::optional<std::string_view> chat_event::reasoning(std::int64_t choice) const noexcept
{
    return detail::piece(find(choice), &chat_delta::reasoning);
}

AUGUR_INLINE std::optional<std::string_view> chat_event::refusal(std::int64_t choice) const noexcept
{
    return detail::piece(find(choice), &chat_delta::refusal);
}

AUGUR_INLINE std::vector<tool_call> const& chat_event::tool_calls(std::int64_t choice) const noexcept
{
    static std::vector<tool_call> const none;
    auto const* delta = find(choice);
    return delta ? delta->tool_calls : none;
}

AUGUR_INLINE finish chat_event::finished(std::int64_t choice) const noexcept
{
    auto const* delta = find(choice);
    return delta ? finish_of(delta->finish_reason) : finish::none;
}

} // namespace augur::inline AUGUR_ABI
