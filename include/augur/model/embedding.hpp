#pragma once

#include <augur/core/meta.hpp>
#include <augur/model/tool.hpp>
#include <augur/model/usage.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

namespace detail {

enum class embedding_encoding : std::uint8_t
{
    base64,
    floats,
    unsaid,
};

struct embedding_request_data
{
    std::string model;
    std::vector<std::string> texts;
    bool one_text = false; ///< written as a text and not as a list of one
    std::vector<std::vector<std::int64_t>> tokens;
    bool one_token_list = false;
    embedding_encoding encoding = embedding_encoding::base64;
    std::optional<std::int64_t> dimensions;
    std::string input_type, user;
    std::string extra;
    std::vector<std::pair<std::string, std::string>> headers;

    friend bool operator==(embedding_request_data const&, embedding_request_data const&) = default;
};

} // namespace detail

/// Texts whose meaning is wanted as vectors.
class embedding_request
{
public:
    explicit embedding_request(std::string text)
    {
        data_.texts.push_back(std::move(text));
        data_.one_text = true;
    }
    explicit embedding_request(std::vector<std::string> texts) { data_.texts = std::move(texts); }
    /// Texts that were cut into the model's tokens already.
    static embedding_request of_tokens(std::vector<std::vector<std::int64_t>> lists)
    {
        embedding_request out{std::vector<std::string>()};
        out.data_.tokens = std::move(lists);
        return out;
    }

    embedding_request& model(std::string name) { return data_.model = std::move(name), *this; }
    /// How long the vectors are, where the model can choose.
    embedding_request& dimensions(std::int64_t n) { return data_.dimensions = n, *this; }
    /// "query" or "document", for models that tell them apart.
    embedding_request& input_type(std::string type) { return data_.input_type = std::move(type), *this; }
    embedding_request& user_name(std::string id) { return data_.user = std::move(id), *this; }
    /// Asks for numbers in decimal, four times as long as the base64 that is the default, for servers that know
    /// nothing else. Either is read, whichever was asked for.
    embedding_request& decimal() { return data_.encoding = detail::embedding_encoding::floats, *this; }
    /// Members for the service that have no setter, as a JSON object; they win over setters. With no text at all the
    /// input is among them, pictures for instance, and nobody counts the vectors that come back.
    embedding_request& extra_body(std::string object) { return data_.extra = std::move(object), *this; }
    embedding_request& extra_header(std::string name, std::string value)
    {
        data_.headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }

    std::string const& model() const noexcept { return data_.model; }
    std::vector<std::string> const& texts() const noexcept { return data_.texts; }
    /// How many vectors there must be in the answer; 0: not known.
    std::size_t size() const noexcept { return data_.texts.empty() ? data_.tokens.size() : data_.texts.size(); }
    std::vector<std::pair<std::string, std::string>> const& extra_headers() const noexcept { return data_.headers; }
    friend bool operator==(embedding_request const&, embedding_request const&) = default;

private:
    friend struct detail::fields_of;
    detail::embedding_request_data data_;
};

/// The vector of one text.
struct embedding
{
    std::int64_t index = 0; ///< which of the texts
    std::vector<float> values;
    bool base64 = false; ///< how it came
    std::size_t position = 0; ///< where it stood in the service's list
    std::string extra; ///< a JSON object of what else the service sent; empty if nothing

    friend bool operator==(embedding const&, embedding const&) = default;
};

/// The vectors, in the order of the texts whatever the service's order was.
struct embedding_response
{
    std::vector<embedding> embeddings;
    std::string model;
    std::optional<augur::usage> usage;
    std::string extra;
    std::string source; ///< what `raw` gives
    augur::meta meta;

    /// The whole answer as the service sent it, a JSON text; empty if it did not come through a client.
    std::string const& raw() const noexcept { return source; }
};

} // namespace augur::inline AUGUR_ABI
