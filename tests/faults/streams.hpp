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
    /// What ends the answer in its own words, as it is written; empty where only the response's end does.
    std::string ends() const;
    /// The first half of that: a finish reason.
    std::string finishes() const;
    /// A sign of life without content, as it travels.
    std::string ping() const;
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
    service service_;
};

inline constexpr std::string_view whole_text = "Blue, says \xc3\xbc.";

} // namespace faults
