#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace augur::emulator {

/// What an object storage keeps, in memory: so many objects of limited size. Any thread.
class object_store
{
public:
    static constexpr std::size_t most_objects = 256;
    static constexpr std::size_t largest_object = 1 << 20;

    /// False: it is full, or the object is too large.
    bool put(std::string_view name, std::string bytes);
    std::optional<std::string> get(std::string_view name) const;
    void clear();

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> objects_;
};

} // namespace augur::emulator
