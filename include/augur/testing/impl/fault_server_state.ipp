#pragma once

#include <augur/testing/fault_server.hpp>
#include <augur/testing/impl/fault_channel.ipp>

#include <fcntl.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <optional>
#include <system_error>
#include <thread>

namespace augur::inline AUGUR_ABI::testing {

namespace detail {

inline std::size_t content_length_of(received_request const& r) noexcept
{
    std::size_t out = 0;
    for (char const c : r.field("content-length"))
        if (c >= '0' && c <= '9')
            out = out * 10 + static_cast<std::size_t>(c - '0');
    return out;
}

} // namespace detail

/// What the threads of one server share.
struct fault_server_state
{
    using kind = connection_script::kind;

    /// One connection, its thread, and how far it has come.
    struct connection
    {
        connection(int socket, std::size_t n, connection_script s) : channel(socket), number(n), script(std::move(s)) {}

        detail::fault_channel channel;
        std::size_t number;
        connection_script script;
        std::string pending;    ///< plain bytes behind the last request
        std::size_t piece = 0;  ///< 0: all at once
        bool drips = false;
        bool is_counted = false; ///< its handshake
        std::shared_ptr<fault_tls const> tls;
        std::thread thread;
        bool dropped = false; ///< guarded by the state's mutex, as is `ended`
        bool ended = false;
    };

    fault_server_state(std::string const& address, std::uint16_t at, std::shared_ptr<fault_tls const> settings)
        : tls(std::move(settings))
    {
        if (tls)
            context = detail::make_context(*tls);
        listener = detail::bound_socket(address.c_str(), at);
        port = detail::port_of(listener);
        // A connection may be gone between `poll` and `accept`.
        if (::listen(listener, 4096) != 0 || ::fcntl(listener, F_SETFL, O_NONBLOCK) != 0 ||
            ::pipe2(wake, O_CLOEXEC) != 0)
            detail::fail_with_errno("cannot listen");
        accepting = std::thread([this] { accept_all(); });
    }

    ~fault_server_state()
    {
        {
            std::lock_guard const lock(mutex);
            stopping = true;
            changed.notify_all();
        }
        static_cast<void>(!::write(wake[1], "x", 1));
        accepting.join();
        drop_all();
        for (auto& c : open)
            c.thread.join();
        for (int const one : {listener, wake[0], wake[1]})
            ::close(one);
    }

    void accept_all()
    {
        for (;;) {
            pollfd both[2] = {{listener, POLLIN, 0}, {wake[0], POLLIN, 0}};
            if (::poll(both, 2, -1) < 0) {
                if (errno == EINTR) // nothing is known of the two: `accept` would wait, and nobody could end that
                    continue;
                return;
            }
            if (both[1].revents != 0)
                return;
            int const socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) {
                std::this_thread::yield(); // out of descriptors, perhaps on purpose
                continue;
            }
            int const yes = 1;
            ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            std::lock_guard const lock(mutex);
            reap();
            ++connections;
            connection_script script;
            if (!scripts.empty()) {
                script = std::move(scripts.front());
                scripts.pop_front();
            }
            else if (always) {
                script = *always;
            }
            else {
                ++unexpected;
                script.rst();
            }
            auto& c = open.emplace_back(socket, connections, std::move(script));
            if (context)
                c.channel.plan_tls(context);
            c.channel.on_full([this] { count_blocked_send(); });
            c.thread = std::thread([this, &c] { run(c); });
            changed.notify_all();
        }
    }

    /// Forgets connections that are over. With the lock held.
    void reap()
    {
        for (auto at = open.begin(); at != open.end();) {
            if (!at->ended) {
                ++at;
                continue;
            }
            at->thread.join();
            at = open.erase(at);
        }
    }

    void drop_all()
    {
        std::lock_guard const lock(mutex);
        for (auto& c : open) {
            c.dropped = true;
            c.channel.interrupt();
        }
        changed.notify_all();
    }

    void run(connection& c)
    {
        try {
            bool goes_on = true;
            for (auto const& step : c.script.steps_)
                if (goes_on)
                    goes_on = perform(c, step);
            if (goes_on)
                finish(c);
        }
        catch (std::exception const& e) { // of an answer function, or of bad PEM
            {
                std::lock_guard const lock(mutex);
                problems.emplace_back(e.what()); // before the peer can know
            }
            c.channel.reset();
        }
        c.channel.close();
        std::lock_guard const lock(mutex);
        c.ended = true;
        changed.notify_all();
    }

    bool finish(connection& c, bool drains = true)
    {
        c.channel.end_writing();
        count_break();
        if (drains)
            c.channel.drain_raw();
        else
            c.channel.hold();
        return false;
    }
    bool reset(connection& c)
    {
        c.channel.reset();
        count_break();
        return false;
    }
    void count_break()
    {
        std::lock_guard const lock(mutex);
        ++breaks;
        changed.notify_all();
    }

    void count_blocked_send()
    {
        std::lock_guard const lock(mutex);
        ++blocked_sends;
        changed.notify_all();
    }

    bool perform(connection& c, connection_script::step const& s)
    {
        switch (s.what) {
        case kind::read_request: return read_request(c, true) != nullptr;
        case kind::read_head: return read_request(c, false) != nullptr;
        case kind::read_bytes:
            while (c.pending.size() < s.number)
                if (!read(c))
                    return false;
            return true;
        case kind::send: return send(c, s.bytes);
        case kind::send_raw: return c.channel.write_raw(s.bytes);
        case kind::send_often:
            for (std::size_t i = 0; i < s.number; ++i)
                if (!send(c, s.bytes))
                    return false;
            return true;
        case kind::serve:
            while (read_request(c, true) != nullptr)
                if (!send(c, s.bytes))
                    return false;
            return false;
        case kind::answer:
            while (auto const request = read_request(c, true))
                if (!send(c, (*s.answer)(*request)))
                    return false;
            return false;
        case kind::slice: c.piece = s.number; return true;
        case kind::drip:
            c.piece = s.number;
            c.drips = true;
            return true;
        case kind::wait_for_step: return take_step(c);
        case kind::hold: c.channel.hold(); return false;
        case kind::deafen:
            if (!c.channel.deafen())
                return false;
            count_break();
            return true;
        case kind::drain: c.channel.drain_raw(); return false;
        case kind::fin: return finish(c);
        case kind::fin_and_hold: return finish(c, false);
        case kind::rst: return reset(c);
        case kind::start_tls:
            c.tls = s.tls;
            c.channel.plan_tls(detail::make_context(*s.tls));
            return true;
        case kind::handshake_until: return c.channel.handshake_until(s.number);
        case kind::handshake: return c.channel.handshake() && count_handshake(c);
        case kind::close_notify: return c.channel.close_notify();
        case kind::key_update: return c.channel.key_update();
        case kind::garble: c.channel.garble_next(); return true;
        }
        return false;
    }

    bool count_handshake(connection& c)
    {
        if (!c.channel.is_tls() || std::exchange(c.is_counted, true))
            return true;
        std::lock_guard const lock(mutex);
        ++handshakes;
        resumptions += c.channel.was_resumed() ? 1 : 0;
        names.push_back(c.channel.server_name());
        changed.notify_all();
        return true;
    }

    bool read(connection& c)
    {
        if (!c.channel.handshake() || !count_handshake(c))
            return false;
        auto const before = c.pending.size();
        if (!c.channel.read(c.pending))
            return false;
        std::lock_guard const lock(mutex);
        request_bytes += c.pending.size() - before;
        changed.notify_all();
        return true;
    }

    std::shared_ptr<received_request const> read_request(connection& c, bool whole)
    {
        auto end = c.pending.find("\r\n\r\n");
        for (; end == std::string::npos; end = c.pending.find("\r\n\r\n"))
            if (!read(c))
                return nullptr;
        auto out = std::make_shared<received_request>();
        out->connection = c.number;
        out->head = c.pending.substr(0, end + 4);
        c.pending.erase(0, end + 4);
        if (!whole) {
            record(out);
            return out;
        }
        auto const size = detail::content_length_of(*out);
        constexpr std::size_t kept = 64 * 1024;
        while (out->content_size < size) {
            auto const n = std::min(c.pending.size(), size - out->content_size);
            out->content.append(c.pending, 0, std::min(n, kept - std::min(kept, out->content.size())));
            out->content_size += n;
            c.pending.erase(0, n);
            if (out->content_size < size && !read(c)) {
                record(out); // it began
                return nullptr;
            }
        }
        record(out);
        return out;
    }

    void record(std::shared_ptr<received_request const> const& r)
    {
        std::lock_guard const lock(mutex);
        received.push_back(r);
        changed.notify_all();
    }

    bool send(connection& c, std::string_view bytes)
    {
        if (!c.channel.handshake() || !count_handshake(c))
            return false;
        while (!bytes.empty()) {
            auto const size = c.piece == 0 ? bytes.size() : std::min(c.piece, bytes.size());
            if (c.drips && !take_step(c))
                return false;
            if (!c.channel.write(bytes.substr(0, size)))
                return false;
            bytes.remove_prefix(size);
            std::lock_guard const lock(mutex);
            sent_bytes += size;
            changed.notify_all();
        }
        return true;
    }

    bool take_step(connection& c)
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return credits > 0 || c.dropped || stopping; });
        if (c.dropped || stopping)
            return false;
        --credits;
        return true;
    }

    template <class Condition>
    bool wait(Condition met)
    {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20), met);
    }

    std::size_t still_open() const noexcept
    {
        return static_cast<std::size_t>(
            std::count_if(open.begin(), open.end(), [](auto const& c) { return !c.ended; }));
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::shared_ptr<fault_tls const> tls; ///< before the context, which refers to it
    detail::fault_context context;
    int listener = -1;
    int wake[2] = {-1, -1};
    std::uint16_t port = 0;
    bool stopping = false;
    std::deque<connection_script> scripts;
    std::optional<connection_script> always;
    std::list<connection> open;
    std::vector<std::shared_ptr<received_request const>> received;
    std::vector<std::string> names;
    std::vector<std::string> problems;
    std::size_t connections = 0;
    std::size_t unexpected = 0;
    std::size_t handshakes = 0;
    std::size_t resumptions = 0;
    std::size_t credits = 0;
    std::size_t breaks = 0;
    std::size_t blocked_sends = 0;
    std::uint64_t request_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::thread accepting; ///< last: it uses all of the above
};

} // namespace augur::inline AUGUR_ABI::testing
