#pragma once

#include "faults/matrix.hpp"

/// How each kind of stream says things: as pieces of its body, with what carries them.
namespace faults {

class dialect
{
public:
    explicit dialect(service s) noexcept : service_(s) {}

    /// Of a response whose body comes in chunks.
    std::string head() const;
    /// What the model or its container writes, as it travels: in frames for SageMaker.
    std::string carried(std::string const& written) const;
    /// One event with this text, as it is written; text without quotes and line ends.
    std::string says(std::string const& text) const;
    /// One event of JSON, as it is written.
    std::string event(std::string const& json) const;
    /// What ends the answer in its own words, as it is written; empty where only the response's end does.
    std::string ends() const;
    /// What says that it is complete, as it is written: that, or its first half before an end mark.
    std::string finishes() const;
    /// A sign of life without content, as it travels.
    std::string ping() const;
    /// Events that add nothing to the answer, as they are written.
    std::vector<std::string> empty_events() const;
    static std::string chunk(std::string const& bytes);
    static std::string const& last_chunk();

    /// Head and chunks, one for each of these as they are written, and the last chunk.
    std::string response(std::vector<std::string> const& written) const;
    /// The head and one event, "Blue".
    std::string begun() const;
    /// The response with `whole_text`.
    std::string whole() const;
    /// The same with "[1]", with a length and without more than it needs.
    std::string short_response() const { return short_stages(false).bytes; }

    /// A response that can be cut anywhere.
    struct stages
    {
        std::string bytes;
        std::size_t body = 0;     ///< where it begins
        std::size_t terminal = 0; ///< cut in front of this it is no whole answer
        std::vector<std::pair<std::size_t, std::string>> texts; ///< what has been said when so much has come

        std::string_view text_at(std::size_t cut) const noexcept;
    };
    stages short_stages(bool in_chunks) const;

private:
    /// Whether its own words alone end it, whatever HTTP still has to say.
    bool has_end_mark() const;

    service service_;
};

/// The body of an answer that comes whole and says this; text without quotes. Embeddings say "[1]" and nothing else.
std::string whole_answer(service s, std::string const& text);

inline constexpr std::string_view whole_text = "Blue, says \xc3\xbc.";

} // namespace faults
