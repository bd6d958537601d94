#include <augur/model/embedding_client.hpp>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <utility>

using namespace augur;
namespace asio = boost::asio;

namespace {

/// Gives each text its length.
struct measuring_client
{
    asio::any_io_executor executor;

    asio::any_io_executor get_executor() const { return executor; }
    asio::awaitable<result<embedding_response>> embed(embedding_request request, call_options)
    {
        embedding_response out;
        for (auto const& text : request.texts())
            out.embeddings.emplace_back().values = {static_cast<float>(text.size())};
        co_return out;
    }
};

struct by_reference : measuring_client
{
    asio::awaitable<result<embedding_response>> embed(embedding_request&, call_options);
};
struct of_another_type : measuring_client
{
    asio::awaitable<embedding_response> embed(embedding_request, call_options);
};

static_assert(EmbeddingClient<measuring_client>);
static_assert(!EmbeddingClient<by_reference>);
static_assert(!EmbeddingClient<of_another_type>);
static_assert(!EmbeddingClient<int>);

template <EmbeddingClient Client>
asio::awaitable<result<float>> length_of(Client client, std::string text)
{
    auto const done = co_await client.embed(embedding_request(std::move(text)), call_options());
    if (!done)
        co_return done.error();
    co_return done->embeddings.front().values.front();
}

} // namespace

TEST_CASE("embedding client: one function takes whatever embeds")
{
    asio::io_context io;
    float length = 0;
    asio::co_spawn(io, length_of(measuring_client{io.get_executor()}, "four"),
                   [&length](std::exception_ptr, result<float> r) { length = r.value(); });
    io.run();
    CHECK(length == 4.0F);
}
