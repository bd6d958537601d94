#pragma once

#include <augur/net/impl/http_exchange.ipp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::net::detail {

/// Gives the connection what it takes of `bytes` and removes that from them.
inline io_result http_exchange::push(std::string_view& bytes)
{
    auto const* const tls = connection_->tls;
    auto const before = tls != nullptr ? tls->lower_written() : 0;
    auto const moved = connection_->io->try_write(bytes.data(), bytes.size());
    if (moved.status == io_status::ok || (tls != nullptr && tls->lower_written() != before))
        sent_any_ = true;
    if (moved.status == io_status::ok)
        bytes.remove_prefix(moved.size);
    return moved;
}

/// After a first `push`, whose outcome is `pushed_`.
inline task<result<void>> http_exchange::write_bytes(operation& op, exchange& x, std::string_view bytes)
{
    auto until = op.until(x.limits().write, op.seen());
    bool progress = false;
    for (;;) {
        if (pushed_.status == io_status::ok) {
            if (bytes.empty())
                co_return result<void>();
            progress = true;
            pushed_ = push(bytes);
            continue;
        }
        if (std::exchange(progress, false))
            until = op.until(x.limits().write);
        auto const sent = sent_any_ ? outcome::unknown : outcome::not_sent;
        if (pushed_.status != io_status::want_read && pushed_.status != io_status::want_write)
            co_return from_socket(pushed_.code, errc::write_failed, phase::write, sent,
                                  "the connection broke while the request was sent");
        // A server may answer before it has read everything (413, 429): listen while writing waits. The
        // buffer is free for that only when it does not hold the request.
        bool const may_listen = !deaf_ && !holds_request_;
        auto what = pushed_.status == io_status::want_read ? direction::read : direction::write;
        if (may_listen)
            what = direction::either;
        auto const woken = co_await ready(op, *connection_->io, what, until);
        if (woken != wake::done)
            co_return op.interrupted(phase::write, sent, errc::write_timeout);
        if (may_listen && sent_any_) {
            auto heard = listen_early(x);
            if (!heard || answered_early_)
                co_return heard;
        }
        pushed_ = push(bytes);
    }
}

/// Reads what is there without waiting. Interim responses are passed over, a final one ends the upload.
inline result<void> http_exchange::listen_early(exchange& x)
{
    auto const early = take();
    if (early.status == io_status::end || early.status == io_status::failed)
        deaf_ = true; // nothing more will be heard; the next write or its limit ends this
    if (early.status != io_status::ok)
        return {};
    x.report.response_started = true;
    for (;;) {
        if (auto parsed = parse(phase::write, outcome::unknown); !parsed)
            return parsed;
        if (!parser_->is_header_done())
            return {};
        if (!parser_->is_interim() || parser_->status() == 101) {
            answered_early_ = true;
            return {};
        }
        if (auto passed = pass_interim(); !passed)
            return passed;
    }
}

/// What ends the head of a request.
struct head_end
{
    explicit head_end(exchange const& x) noexcept
    {
        auto const& method = x.head().method();
        char* end = text.data();
        if (x.payload().size() != 0 || (method != "GET" && method != "HEAD")) {
            end = std::copy_n("content-length: ", 16, end);
            end = std::to_chars(end, text.data() + text.size() - 4, x.payload().size()).ptr;
            end = std::copy_n("\r\n", 2, end);
        }
        end = std::copy_n("\r\n", 2, end);
        size = static_cast<std::size_t>(end - text.data());
    }
    std::string_view view() const noexcept { return {text.data(), size}; }

    std::array<char, 48> text;
    std::size_t size;
};

/// One write, one TLS record, one packet: what almost every request is. True: all of it was taken. False: `write` has
/// to go on, with the `unsent_` rest or, if there is none, from the beginning.
inline bool http_exchange::write_at_once(exchange& x)
{
    auto const head = x.head().text();
    auto const content = x.payload().bytes();
    head_end const end(x);
    if (head.size() + end.size + content.size() > size_)
        return false;
    need_buffer();
    char* to = buffer_.get();
    for (auto const part : {head, end.view(), content})
        to = std::copy_n(part.data(), part.size(), to);
    unsent_ = std::string_view(buffer_.get(), static_cast<std::size_t>(to - buffer_.get()));
    pushed_ = push(unsent_);
    sent_all_ = unsent_.empty();
    holds_request_ = !sent_all_;
    return sent_all_;
}

inline task<result<void>> http_exchange::write(operation& op, exchange& x)
{
    if (holds_request_) {
        auto written = co_await write_bytes(op, x, unsent_);
        holds_request_ = false;
        if (!written)
            co_return written;
    }
    else {
        std::string start(x.head().text());
        start.append(head_end(x).view());
        for (auto part : {std::string_view(start), x.payload().bytes()}) {
            if (part.empty())
                continue;
            pushed_ = push(part);
            auto written = co_await write_bytes(op, x, part);
            if (!written || answered_early_)
                co_return written;
        }
    }
    sent_all_ = true;
    co_return result<void>();
}

} // namespace augur::inline AUGUR_ABI::net::detail
