#pragma once

#include <augur/core/http.hpp>
#include <augur/core/limits.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace augur::inline AUGUR_ABI::net::detail {

/// Beast's HTTP/1.1 parser behind our policy: what plain Beast accepts and a careful client must not
/// (unknown transfer codings, statuses outside 100-599, lists of lengths) is refused here.
///
/// Parses one message. The body goes to `sink` as it arrives, or is thrown away without one.
class response_parser final : public boost::beast::http::basic_parser<false>
{
    using base = boost::beast::http::basic_parser<false>;

public:
    explicit response_parser(size_limits const& limits)
        : limits_(limits), fields_(limits.response_head, headers::default_max_fields)
    {
        this->header_limit(static_cast<std::uint32_t>(limits.response_head));
        this->body_limit(boost::none); // ours below: it can name the limit
    }

    /// Before anything is parsed: the fields go into the memory of another list.
    void use(headers memory) noexcept
    {
        memory.clear(limits_.response_head, headers::default_max_fields);
        fields_ = std::move(memory);
    }
    /// Before anything is parsed: the answer to a HEAD, whatever its head says of a body.
    void has_no_body(bool yes) { this->skip(yes); }
    /// Before the first body byte is parsed.
    void set_sink(std::string* sink)
    {
        sink_ = sink;
        this->eager(true);
    }
    /// Bytes worth making room for. A promise is not bytes: of a large one, a part.
    std::size_t expected() const noexcept
    {
        return static_cast<std::size_t>(std::min<std::uint64_t>(announced(), 1024 * 1024));
    }
    int status() const noexcept { return status_; }
    headers& fields() noexcept { return fields_; }
    std::string const& complaint() const noexcept { return complaint_; }
    errc complaint_code() const noexcept { return complaint_code_; }
    /// Whether so few bytes must not be parsed yet. Beast asserts that five are there when it comes back to a
    /// last chunk that is also the first; the shortest chunked body, "0" and two line ends, has five.
    bool starves_on(std::size_t bytes) const noexcept
    {
        return is_header_done() && chunked() && !has_chunks_ && bytes < 5;
    }
    /// The length is known before the first byte of the body, which may never come.
    bool promises_too_much() const { return announced() > limits_.response_body; }
    bool is_interim() const noexcept { return status_ >= 100 && status_ < 200; }
    /// False: the server may see another end of this message than we do, and its rest would be taken for the next
    /// answer. A 204 has no body, whatever it announces (RFC 9110 15.3.5); HTTP/1.0 knows no chunks (RFC 9112 6.1).
    bool ends_for_certain() const
    {
        bool const announces_body = chunked() || announced() > 0;
        return !(status_ == 204 && announces_body) && !(is_1_0_ && chunked());
    }

private:
    std::uint64_t announced() const { return skip() ? 0 : content_length().value_or(0); }
    AUGUR_COLD void refuse(boost::beast::error_code& code, errc what, std::string why)
    {
        complaint_code_ = what;
        complaint_ = std::move(why);
        code = boost::beast::http::error::bad_value;
    }

    void on_request_impl(boost::beast::http::verb, boost::beast::string_view, boost::beast::string_view, int,
                         boost::beast::error_code&) override
    {
    }

    void on_response_impl(int status, boost::beast::string_view, int version, boost::beast::error_code& code) override
    {
        status_ = status;
        is_1_0_ = version < 11;
        if (status < 100 || status > 599)
            refuse(code, errc::protocol_error, "the status " + std::to_string(status) + " is not valid");
    }

    void on_field_impl(boost::beast::http::field id, boost::beast::string_view name, boost::beast::string_view value,
                       boost::beast::error_code& code) override
    {
        using boost::beast::http::field;
        std::string_view const text(value.data(), value.size());
        if (id == field::transfer_encoding) {
            // A second coding, or one we do not know, would make the end of the body a guess.
            if (has_coding_ || !equal_ignoring_case(text, "chunked"))
                return refuse(code, errc::protocol_error, "the transfer coding is not exactly \"chunked\"");
            has_coding_ = true;
        }
        if (id == field::content_length) {
            // Equal ones too: RFC 9110 8.6 lets us choose, and whoever sends two may mean two.
            if (has_length_ || text.find(',') != text.npos)
                return refuse(code, errc::protocol_error, "the content length is given more than once");
            has_length_ = true;
        }
        std::string_view const known_as(name.data(), name.size());
        if (is_head_over_) { // a trailer may not stand for a field of the head (RFC 9110 6.5.1)
            if (!is_token(known_as) || !is_field_value(text))
                refuse(code, errc::protocol_error, "a trailer has a character that is not allowed");
            return;
        }
        auto const added = fields_.add(known_as, text);
        if (!added) {
            if (added.error() == errc::header_limit)
                return refuse(code, errc::header_limit, "the response has too many header fields");
            return refuse(code, errc::protocol_error, "a response header has a character that is not allowed");
        }
    }

    void on_header_impl(boost::beast::error_code&) override { is_head_over_ = true; }

    void on_body_init_impl(boost::optional<std::uint64_t> const& length, boost::beast::error_code& code) override
    {
        if (length && *length > limits_.response_body)
            return too_large(code);
    }

    std::size_t on_body_impl(boost::beast::string_view piece, boost::beast::error_code& code) override
    {
        take(piece, code);
        return piece.size();
    }

    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view extensions,
                              boost::beast::error_code& code) override
    {
        has_chunks_ = true;
        // Beast lets a quoted line end through; a server and a client that disagree about where a chunk
        // header ends disagree about everything after it.
        for (char const c : extensions)
            if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
                return refuse(code, errc::protocol_error, "a chunk extension has a control character");
    }

    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view piece,
                                   boost::beast::error_code& code) override
    {
        take(piece, code);
        return piece.size();
    }

    void on_finish_impl(boost::beast::error_code&) override {}

    void take(boost::beast::string_view piece, boost::beast::error_code& code)
    {
        received_ += piece.size();
        if (received_ > limits_.response_body)
            return too_large(code);
        if (sink_ == nullptr)
            return;
        if (sink_->capacity() - sink_->size() < piece.size())
            grow(sink_->size() + piece.size());
        sink_->append(piece.data(), piece.size());
    }

    /// By doubling, but never past the limit: at the last move the old text and the new one together are
    /// one and a half times the limit at most.
    void grow(std::size_t need)
    {
        auto const doubled = std::max(need, 2 * sink_->capacity());
        sink_->reserve(doubled > limits_.response_body / 2 ? std::max(need, limits_.response_body) : doubled);
    }

    AUGUR_COLD void too_large(boost::beast::error_code& code)
    {
        refuse(code, errc::body_limit, "the response body is over " + std::to_string(limits_.response_body) + " bytes");
    }

    size_limits limits_;
    headers fields_;
    std::string* sink_ = nullptr;
    std::string complaint_;
    std::uint64_t received_ = 0;
    errc complaint_code_ = errc::protocol_error;
    int status_ = 0;
    bool has_coding_ = false;
    bool has_length_ = false;
    bool has_chunks_ = false;
    bool is_head_over_ = false;
    bool is_1_0_ = false;
};

} // namespace augur::inline AUGUR_ABI::net::detail
