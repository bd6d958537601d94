// Servers that say nothing, or stop: every limit on the manual clock.
#include "faults/matrix.hpp"

namespace faults {
namespace {

registrar const rows([](matrix& m) {
    m.add("H05", "no response ever")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::response_timeout, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&] { return b.server().requests() == 1; });
            b.passes(75s);
        });
    m.add("H05", "no response ever, and a deadline before the limit")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::deadline_exceeded, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.options().deadline(20s);
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&] { return b.server().requests() == 1; });
            b.passes(20s);
        });
});

} // namespace
} // namespace faults
