// Events may go to other threads and end there while their stream is read on; meant for the thread sanitizer, too.
#include <augur/openai_wire/chat.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace augur;

namespace {

/// Hands events from the thread that reads to those that use them up.
class event_queue
{
public:
    void push(std::string text, chat_event event)
    {
        std::lock_guard const lock(mutex_);
        items_.emplace_back(std::move(text), std::move(event));
        ready_.notify_one();
    }
    void close()
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        ready_.notify_all();
    }
    std::optional<std::pair<std::string, chat_event>> pop()
    {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return closed_ || !items_.empty(); });
        if (items_.empty())
            return std::nullopt;
        auto out = std::move(items_.front());
        items_.pop_front();
        return out;
    }

private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::pair<std::string, chat_event>> items_;
    bool closed_ = false;
};

} // namespace

TEST_CASE("chat event, threads: events end on any thread while their reader goes on, and after it")
{
    event_queue queue;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            while (auto const item = queue.pop())
                wrong += item->second.text() == item->first && item->second.id() == "i" ? 0 : 1;
        });
    for (int stream = 0; stream < 50; ++stream) {
        openai_wire::chat_event_reader reader;
        for (int i = 0; i < 100; ++i) {
            auto text = std::to_string(i);
            auto event = reader.read(R"({"id":"i","choices":[{"index":0,"delta":{"content":")" + text + R"("}}]})");
            queue.push(std::move(text), std::move(event).value());
            if (i % 3 == 0) // one that ends here
                wrong +=
                    reader.read(R"({"id":"i","choices":[{"index":0,"delta":{"content":"x"}}]})")->text() == "x" ? 0 : 1;
        }
    }
    queue.close();
    for (auto& t : threads)
        t.join();
    CHECK(wrong == 0);
}
