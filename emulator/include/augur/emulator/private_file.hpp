#pragma once

#include <string>
#include <string_view>

namespace augur::emulator {

/// Writes a file that only its owner can read, whole or not at all (a temporary file, then a rename).
/// Throws std::system_error.
void write_private_file(std::string const& path, std::string_view content);

/// Writes to a descriptor that the parent process passed on, and closes it. Throws std::system_error.
void write_descriptor(int descriptor, std::string_view content);

} // namespace augur::emulator
