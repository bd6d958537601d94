#pragma once

#include <augur/codec/sha256.hpp>
#include <augur/core/clock.hpp>
#include <augur/net/impl/tls_context.ipp>

#include <map>
#include <mutex>
#include <string_view>

namespace augur::inline AUGUR_ABI::net::detail {

/// What tells one state of a file or folder from another, without reading it.
inline std::string file_identity(std::string const& path)
{
    std::error_code failed;
    auto const changed = std::filesystem::last_write_time(path, failed);
    if (failed)
        return "none";
    auto const size = std::filesystem::file_size(path, failed); // of a folder: an error, and no matter
    return std::to_string(changed.time_since_epoch().count()) + " " + (failed ? "-" : std::to_string(size));
}

/// Equal exactly if two configurations make the same context: all members, and the state of the files that they
/// name. A digest, so that no key is kept in memory for it.
inline codec::sha256_digest tls_key(tls_config const& config)
{
    codec::sha256_hasher out;
    auto const add = [&out](std::string_view part) {
        out.update(std::to_string(part.size())).update(":").update(part);
    };
    bool const own = !config.ca_file.empty() || !config.ca_directory.empty() || !config.ca_pem.empty();
    add(config.pinned_sha1);
    add(own ? "own" : "system");
    for (auto const& path : {config.ca_file, config.ca_directory}) {
        add(path);
        add(path.empty() ? "" : file_identity(path));
    }
    if (!own) {
        authority_places const places;
        for (auto const& list : {places.folders, places.files})
            for (auto const& path : list)
                add(file_identity(path));
    }
    add(config.ca_pem);
    add(config.certificate_pem);
    add(config.private_key_pem.reveal());
    add(config.private_key_password.reveal());
    return out.finish();
}

/// The TLS contexts that live in this process, so that clients with equal configurations share one and
/// authorities are read once. Holds none alive: the last client takes its context with it.
///
/// The one thing that unrelated clients share. The lock is held while a context is made (two clients that
/// start together must not both read the authorities) and never over a suspension.
class tls_registry
{
public:
    static constexpr std::size_t max_contexts = 256; ///< beyond that a client has a context of its own

    static result<std::shared_ptr<tls_context>> get(tls_config const& config)
    {
        auto const key = tls_key(config);
        auto& here = of_this_process();
        std::lock_guard const lock(here.mutex_);
        if (auto const found = here.contexts_.find(key); found != here.contexts_.end())
            if (auto living = found->second.lock())
                return living;
        auto made = tls_context::make(config);
        if (!made)
            return made;
        std::erase_if(here.contexts_, [](auto const& entry) { return entry.second.expired(); });
        if (here.contexts_.size() < max_contexts)
            here.contexts_.emplace(key, *made);
        return made;
    }

private:
    explicit tls_registry(std::int64_t process) noexcept : process_(process) {}

    /// A forked child begins with an empty one: another thread may have held the parent's lock. Never
    /// destroyed, because clients may outlive every static object.
    static tls_registry& of_this_process()
    {
        static std::atomic<tls_registry*> current = nullptr;
        auto* found = current.load();
        while (found == nullptr || found->process_ != process_id()) {
            auto* const mine = new tls_registry(process_id());
            if (current.compare_exchange_strong(found, mine))
                return *mine;
            delete mine;
        }
        return *found;
    }

    std::int64_t process_;
    std::mutex mutex_;
    std::map<codec::sha256_digest, std::weak_ptr<tls_context>> contexts_;
};

} // namespace augur::inline AUGUR_ABI::net::detail
