// A server that says anything at all, cut anywhere: the exchange ends once, within its limits, and a connection is kept
// only after a response that ended cleanly. Bytes 0 and 1 choose the slices and the end, the rest is what the server
// says.
#include "fuzz/require.hpp"
#include "unit/net/exchange_support.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2)
        return 0;
    augur::testing::stream_script script;
    script.input.assign(reinterpret_cast<char const*>(data) + 2, size - 2);
    script.slice = data[0] == 0 ? script.slice : data[0];
    script.block_every_other = (data[1] & 1U) != 0;
    script.reset_at_cut = (data[1] & 2U) != 0;
    if ((data[1] & 4U) != 0)
        script.cut = script.input.size();
    augur::net::https_config config;
    config.sizes.response_body = 4096;
    config.sizes.response_head = 4096;
    augur::tests::bench bench({script}, config);
    auto const sent = bench.send();
    require(sent.response.has_value());
    auto const& response = *sent.response;
    auto const pool = bench.transport->statistics();
    require(pool.busy == 0 && pool.waiting == 0);
    require(bench.arena->live_blocks() == 0);
    if (response) {
        require(response->status >= 200 && response->status <= 599);
        require(response->content.size() <= 4096);
        require(response->fields.bytes() <= 4096);
    }
    else {
        require(pool.idle == 0);
        require(response.error().outcome() != augur::outcome::refused);
        require(!response.error().code().message().empty());
    }
    return 0;
}
