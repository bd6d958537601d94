#pragma once

#include <augur/emulator/identity/entra_service.hpp>

#include <string>
#include <string_view>

namespace augur::emulator {

/// What is wrong with a request for a token; `aadsts` is 0 when nothing is.
struct entra_problem
{
    int aadsts = 0;
    std::string error;
    std::string message;
    int status = 400;

    explicit operator bool() const noexcept { return aadsts != 0; }
};

struct entra_service::proof : entra_problem
{
};

/// In Entra's form, with the ids by which its support finds a request.
response entra_error(request const& r, context const& c, entra_problem const& p);

} // namespace augur::emulator
