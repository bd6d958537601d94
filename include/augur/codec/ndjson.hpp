#pragma once

#include <augur/codec/stream_decoder.hpp>

#include <string>

namespace augur::inline AUGUR_ABI::codec::ndjson {

inline constexpr std::size_t default_max_line_size = std::size_t{1} << 20;

/// Cuts a stream of JSON lines into its lines; `stream_decoder` says how to use it.
///
/// A line ends at LF or CRLF, the last one also at the end of the input: it may be cut short, which only its
/// JSON can tell. Lines of nothing but blanks are left out. The bytes are passed on as they are; whether they
/// are UTF-8 and JSON is the reader's question.
class decoder : public stream_decoder
{
public:
    /// `max_line_size` in bytes, the line end not counted.
    explicit decoder(std::size_t max_line_size = default_max_line_size) noexcept : max_line_size_(max_line_size) {}

    /// A line without its end; nullopt when there is none yet.
    result<std::optional<std::string_view>> next();

private:
    std::size_t max_line_size_;
    std::string cut_; ///< the beginning of a line from earlier chunks
    bool cut_is_delivered_ = false;
};

} // namespace augur::inline AUGUR_ABI::codec::ndjson

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/ndjson.ipp>
#endif
