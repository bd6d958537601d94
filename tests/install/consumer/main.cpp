// The smallest user of the installed library.
#include <augur/core/errc.hpp>
#include <augur/core/result.hpp>

#include <iostream>

int main()
{
    augur::result<double> const scored =
        augur::make_error(augur::errc::connect_failed, augur::phase::connect, augur::outcome::not_sent, "no address accepted");
    std::cout << scored.error() << '\n';
    return scored.error() == augur::condition::transient ? 0 : 1;
}
