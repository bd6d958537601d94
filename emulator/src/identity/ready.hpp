#pragma once

#include "../json.hpp"

namespace augur::emulator {

class server;

/// What a test in another program has to know about the services that hand out credentials.
json describe_identity(server& s);

} // namespace augur::emulator
