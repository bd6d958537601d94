#pragma once

#include <augur/core/http.hpp>
#include <augur/net/start.hpp>
#include <augur/testing/manual_time.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace auth_test {

using namespace augur;

/// Runs `body(op)`, a function that returns a task, as one call on the manual clock.
class driver
{
public:
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();

    driver() = default;
    driver(driver const&) = delete;
    driver& operator=(driver const&) = delete;
    ~driver() { time->drop_all(); } // a fetch may go on when those who waited for it have left

    template <class T, class Body>
    result<T> run(Body body, std::chrono::nanoseconds total = std::chrono::minutes(1))
    {
        std::optional<result<T>> out;
        net::start<T>(arena_, time, context_.get_executor(), total, std::move(body),
                      net::completion<T>([&out](result<T> r) { out.emplace(std::move(r)); }));
        while (!out) {
            context_.restart();
            if (context_.poll() == 0 && !out && !time->advance_to_next())
                throw std::logic_error("the task waits for something that can never happen");
        }
        return std::move(*out);
    }

private:
    boost::asio::io_context context_;
    net::arena_handle arena_;
};

/// A folder of this test alone; gone afterwards.
class folder
{
public:
    folder()
    {
        auto const random = system_random();
        path_ = std::filesystem::temp_directory_path() / ("augur-" + make_uuid(*random));
        std::filesystem::create_directories(path_);
    }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;
    ~folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string path(std::string const& name) const { return (path_ / name).string(); }
    std::string write(std::string const& name, std::string const& text) const
    {
        std::ofstream file(path(name), std::ios::binary);
        file << text;
        file.close();
        REQUIRE(file);
        return path(name);
    }

private:
    std::filesystem::path path_;
};

inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

inline request_head make_head(std::string_view target = "/endpoints/iris/invocations", std::string_view method = "POST",
                              std::string_view host = "runtime.sagemaker.us-east-1.amazonaws.com")
{
    return request_head::make(method, target, host).value();
}

} // namespace auth_test
