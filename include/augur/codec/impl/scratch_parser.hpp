#pragma once

#include <augur/config.hpp>

#include <simdjson.h>

#include <cstddef>

namespace augur::inline AUGUR_ABI::codec::json::detail {

/// simdjson's working memory: some 10 KB and what the text needs, of use only inside `build`, so that one per
/// thread serves all readers. What a large text needed is given back.
class scratch_parser
{
public:
    scratch_parser() = default;
    scratch_parser(scratch_parser const&) = delete;
    scratch_parser& operator=(scratch_parser const&) = delete;
    ~scratch_parser()
    {
        if (of_thread().capacity() > largest_kept)
            start_anew();
    }
    simdjson::ondemand::parser* operator->() const noexcept { return &of_thread(); }
    void start_anew() const noexcept { of_thread() = simdjson::ondemand::parser(); }

private:
    static constexpr std::size_t largest_kept = 1 << 20;
    static simdjson::ondemand::parser& of_thread() noexcept
    {
        thread_local simdjson::ondemand::parser one;
        return one;
    }
};

} // namespace augur::inline AUGUR_ABI::codec::json::detail
