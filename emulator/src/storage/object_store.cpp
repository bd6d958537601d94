#include <augur/emulator/storage/object_store.hpp>

#include <utility>

namespace augur::emulator {

bool object_store::put(std::string_view name, std::string bytes)
{
    std::scoped_lock const lock(mutex_);
    auto const found = objects_.find(name);
    if (bytes.size() > largest_object || (found == objects_.end() && objects_.size() == most_objects))
        return false;
    objects_.insert_or_assign(std::string(name), std::move(bytes));
    return true;
}

std::optional<std::string> object_store::get(std::string_view name) const
{
    std::scoped_lock const lock(mutex_);
    auto const found = objects_.find(name);
    return found == objects_.end() ? std::nullopt : std::optional(found->second);
}

void object_store::clear()
{
    std::scoped_lock const lock(mutex_);
    objects_.clear();
}

} // namespace augur::emulator
