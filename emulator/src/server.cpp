#include <augur/emulator/server.hpp>

#include "server_impl.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace augur::emulator {

server::server(server_options options) : impl_(std::make_unique<impl>(std::move(options))) {}

server::~server()
{
    stop();
}

void server::stop()
{
    if (!impl_->io)
        return;
    impl_->io->stop();
    impl_->thread.join();
    impl_->io.reset();
    if (impl_->ca_file_is_temporary)
        std::remove(impl_->ca_file.c_str());
}

unsigned short server::port() const noexcept
{
    return impl_->port;
}

unsigned short server::http_port() const noexcept
{
    return impl_->http_port;
}

std::string server::https_url(std::string_view name) const
{
    std::string url = "https://" + impl_->secure_host + ":" + std::to_string(impl_->port);
    std::scoped_lock const lock(impl_->mutex);
    for (auto const& s : impl_->services)
        if (s->name() == name)
            url += s->base_path();
    return url;
}

std::string server::http_url(std::string_view name) const
{
    auto const secure = https_url(name);
    auto const path = secure.find('/', secure.find("//") + 2);
    return "http://" + impl_->plain_host + ":" + std::to_string(impl_->http_port) +
           (path == secure.npos ? "" : secure.substr(path));
}

std::string const& server::ca_pem() const noexcept
{
    return impl_->authority.pem();
}

std::string server::certificate_sha1() const
{
    return impl_->certificate_sha1;
}

std::string const& server::ca_file() const noexcept
{
    return impl_->ca_file;
}

test_credentials const& server::credentials() const noexcept
{
    return impl_->credentials;
}

std::vector<server::accuracy> const& server::accuracies() const noexcept
{
    return impl_->accuracies;
}

std::size_t server::sample_count() const noexcept
{
    return impl_->samples;
}

std::vector<std::string> server::endpoint_names() const
{
    return impl_->names;
}

void server::add(std::unique_ptr<service> s)
{
    std::scoped_lock const lock(impl_->mutex);
    impl_->services.insert(impl_->services.begin(), std::shared_ptr<service>(std::move(s)));
}

sagemaker_service& server::sagemaker() noexcept
{
    return *impl_->sagemaker;
}

azure_ml_service& server::azure_ml() noexcept
{
    return *impl_->azure_ml;
}

openai_service& server::openai() noexcept
{
    return *impl_->openai;
}

identity_cloud& server::identity() noexcept
{
    return impl_->identity;
}

void server::script(std::string path, answer a, int times)
{
    std::scoped_lock const lock(impl_->mutex);
    impl_->scripts[std::move(path)].push_back({std::move(a), times});
}

std::size_t server::scripts_left() const
{
    std::scoped_lock const lock(impl_->mutex);
    std::size_t left = 0;
    for (auto const& [path, entries] : impl_->scripts)
        for (auto const& entry : entries)
            left += static_cast<std::size_t>(entry.left);
    return left;
}

void server::reset()
{
    impl_->reset();
}

std::size_t server::count() const
{
    std::scoped_lock const lock(impl_->mutex);
    return impl_->total;
}

std::size_t server::count(std::string_view path) const
{
    std::scoped_lock const lock(impl_->mutex);
    auto const found = impl_->counts.find(path);
    return found == impl_->counts.end() ? 0 : found->second;
}

std::vector<recorded_request> server::requests(std::string_view path) const
{
    std::scoped_lock const lock(impl_->mutex);
    std::vector<recorded_request> wanted;
    std::copy_if(impl_->records.begin(), impl_->records.end(), std::back_inserter(wanted),
                 [&](recorded_request const& r) { return path.empty() || r.request.path() == path; });
    return wanted;
}

std::size_t server::connections() const
{
    std::scoped_lock const lock(impl_->mutex);
    return impl_->connections;
}

std::size_t server::open_connections() const
{
    std::scoped_lock const lock(impl_->mutex);
    return impl_->open;
}

bool server::wait_for_open_connections(std::size_t n) const
{
    std::unique_lock lock(impl_->mutex);
    return impl_->closed_one.wait_for(lock, std::chrono::seconds(20), [&] { return impl_->open <= n; });
}

std::size_t server::handshakes_failed() const
{
    std::scoped_lock const lock(impl_->mutex);
    return impl_->failures;
}

void server::close_connections()
{
    if (!impl_->io)
        return;
    boost::asio::post(*impl_->io, [this] {
        for (auto const& [id, socket] : impl_->sockets) {
            boost::system::error_code ignored;
            socket->close(ignored);
        }
    });
}

} // namespace augur::emulator
