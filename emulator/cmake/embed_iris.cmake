# cmake -DINPUT=iris.csv -DOUTPUT=iris_data.cpp -P embed_iris.cmake
# Turns the data file into a source, so that the emulator needs no file at run time.
file(READ "${INPUT}" text)
file(WRITE "${OUTPUT}"
"// Made from examples/data/iris.csv by emulator/cmake/embed_iris.cmake.
#include <augur/emulator/iris.hpp>

namespace augur::emulator::iris {

std::string_view embedded_csv() noexcept
{
    return R\"iris(${text})iris\";
}

} // namespace augur::emulator::iris
")
