#pragma once

#include <augur/core/chrono.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

namespace openai_wire {
class response_accumulator; // augur/openai_wire/responses.hpp
} // namespace openai_wire

namespace azure_openai {

/// A stored response that is to be fetched.
class get_response_request
{
public:
    explicit get_response_request(std::string id) : id_(std::move(id)) {}

    /// Such as "reasoning.encrypted_content".
    get_response_request& include(std::string what) { return include_.push_back(std::move(what)), *this; }
    /// How long `wait` sleeps between two looks; 2 s when not set, 100 ms at least.
    get_response_request& poll_every(std::chrono::milliseconds pause) { return pause_ = pause, *this; }

    std::string const& id() const noexcept { return id_; }
    std::vector<std::string> const& include() const noexcept { return include_; }
    std::chrono::milliseconds poll_every() const noexcept { return pause_; }

private:
    std::string id_;
    std::vector<std::string> include_;
    std::chrono::milliseconds pause_ = std::chrono::seconds(2);
};

/// Where a streamed response is to go on, which was created with both `stream_response` and `background`.
class resume_request
{
public:
    /// What a stream that broke had got: `response_stream::progress()`. The text so far stays, and no event comes
    /// twice.
    explicit resume_request(openai_wire::response_accumulator const& progress);
    /// For another process: the number of the last event that it needs no more; without one from the beginning.
    explicit resume_request(std::string id, std::optional<std::int64_t> after = std::nullopt);

    std::string const& id() const noexcept { return id_; }
    std::optional<std::int64_t> after() const noexcept { return after_; }
    /// Empty without a stream that broke.
    openai_wire::response_accumulator progress() const;

private:
    std::string id_;
    std::optional<std::int64_t> after_;
    std::shared_ptr<openai_wire::response_accumulator const> progress_;
};

/// A page of what a stored response was given.
class input_items_request
{
public:
    explicit input_items_request(std::string response_id) : id_(std::move(response_id)) {}

    /// Items of one page at most: 1 to 100.
    input_items_request& limit(std::int64_t n) { return limit_ = n, *this; }
    /// The oldest first, unlike the service's own way.
    input_items_request& oldest_first() { return oldest_first_ = true, *this; }
    /// The page behind this item: the `last_id` of the page before.
    input_items_request& after(std::string item_id) { return after_ = std::move(item_id), *this; }
    input_items_request& include(std::string what) { return include_.push_back(std::move(what)), *this; }

    std::string const& id() const noexcept { return id_; }
    std::optional<std::int64_t> limit() const noexcept { return limit_; }
    bool is_oldest_first() const noexcept { return oldest_first_; }
    std::string const& after() const noexcept { return after_; }
    std::vector<std::string> const& include() const noexcept { return include_; }

private:
    std::string id_, after_;
    std::optional<std::int64_t> limit_;
    bool oldest_first_ = false;
    std::vector<std::string> include_;
};

} // namespace azure_openai

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/request.ipp>
#endif
