#pragma once

#include <augur/core/chrono.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::azure_openai {

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

} // namespace augur::inline AUGUR_ABI::azure_openai
