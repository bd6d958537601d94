// libcurl: one easy handle that is used again, or a multi handle with one easy handle per connection.
#include "clients.hpp"

#if BENCH_HAS_CURL

#include <curl/curl.h>

#include <algorithm>

namespace bench {

namespace {

std::size_t keep(char* bytes, std::size_t, std::size_t size, void* to)
{
    static_cast<std::string*>(to)->append(bytes, size);
    return size;
}

class curl_client final : public client
{
public:
    explicit curl_client(target const& to)
        : url_((to.tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(to.port) + path),
          transfers_(static_cast<std::size_t>(to.connections))
    {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        fields_ = curl_slist_append(fields_, "content-type: text/csv");
        fields_ = curl_slist_append(fields_, "expect:");
        curl_blob authority{};
        authority.data = const_cast<char*>(to.authority_pem.data());
        authority.len = to.authority_pem.size();
        authority.flags = CURL_BLOB_COPY;
        for (auto& t : transfers_) {
            t.easy = curl_easy_init();
            curl_easy_setopt(t.easy, CURLOPT_URL, url_.c_str());
            curl_easy_setopt(t.easy, CURLOPT_NOSIGNAL, 1L);
            curl_easy_setopt(t.easy, CURLOPT_PROXY, "");
            curl_easy_setopt(t.easy, CURLOPT_HTTPHEADER, fields_);
            curl_easy_setopt(t.easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(payload.size()));
            curl_easy_setopt(t.easy, CURLOPT_POSTFIELDS, payload.data());
            curl_easy_setopt(t.easy, CURLOPT_WRITEFUNCTION, &keep);
            curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t.answer);
            curl_easy_setopt(t.easy, CURLOPT_PRIVATE, &t);
            if (to.tls)
                curl_easy_setopt(t.easy, CURLOPT_CAINFO_BLOB, &authority);
        }
        if (transfers_.size() > 1) {
            multi_ = curl_multi_init();
            curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(2 * transfers_.size()));
        }
    }

    ~curl_client() override
    {
        for (auto& t : transfers_)
            curl_easy_cleanup(t.easy);
        if (multi_ != nullptr)
            curl_multi_cleanup(multi_);
        curl_slist_free_all(fields_);
    }

    std::size_t open_connections() const override { return transfers_.size(); }

    void run(std::size_t calls, latencies& times) override
    {
        if (multi_ == nullptr) {
            for (std::size_t i = 0; i < calls; ++i) {
                prepare(transfers_[0], i);
                finish(transfers_[0], curl_easy_perform(transfers_[0].easy), times);
            }
            return;
        }
        std::size_t sent = 0;
        std::size_t done = 0;
        for (auto& t : transfers_)
            if (sent < calls)
                begin(t, sent++);
        while (done < calls) {
            int running = 0;
            curl_multi_perform(multi_, &running);
            int more = 0;
            while (CURLMsg* const message = curl_multi_info_read(multi_, &more)) {
                transfer* t = nullptr;
                curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
                auto const code = message->data.result;
                curl_multi_remove_handle(multi_, t->easy);
                finish(*t, code, times);
                ++done;
                if (sent < calls)
                    begin(*t, sent++);
            }
            if (done < calls)
                curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
        }
    }

private:
    struct transfer
    {
        CURL* easy = nullptr;
        std::string answer;
        latencies::clock::time_point started;
    };

    static void prepare(transfer& t, std::size_t call)
    {
        t.started = latencies::start(call);
        t.answer.clear();
    }

    void begin(transfer& t, std::size_t call)
    {
        prepare(t, call);
        curl_multi_add_handle(multi_, t.easy);
    }

    static void finish(transfer& t, CURLcode code, latencies& times)
    {
        long status = 0;
        curl_easy_getinfo(t.easy, CURLINFO_RESPONSE_CODE, &status);
        if (code != CURLE_OK || status != 200 || t.answer.size() != 600)
            give_up("curl", curl_easy_strerror(code));
        times.stop(t.started);
    }

    std::string url_;
    std::vector<transfer> transfers_;
    curl_slist* fields_ = nullptr;
    CURLM* multi_ = nullptr;
};

} // namespace

std::unique_ptr<client> make_curl(target const& to)
{
    return std::make_unique<curl_client>(to);
}

bool has_curl() noexcept
{
    return true;
}

} // namespace bench

#else

namespace bench {

std::unique_ptr<client> make_curl(target const&)
{
    return nullptr;
}

bool has_curl() noexcept
{
    return false;
}

} // namespace bench

#endif
