# Conveniences of a top-level build: ccache, a fast linker, sanitizers, debug information that is cheap.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(AUGUR_CCACHE ccache)
if(AUGUR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${AUGUR_CCACHE}")
endif()

find_program(AUGUR_MOLD mold)
if(AUGUR_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ stops to collect its garbage at 128 MB. Later is a tenth quicker, for a quarter more memory.
  add_compile_options("SHELL:--param ggc-min-heapsize=500000")
endif()

if(AUGUR_SANITIZE)
  add_compile_options(-fsanitize=${AUGUR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${AUGUR_SANITIZE})
  if(AUGUR_SANITIZE MATCHES "thread")
    # The thread sanitizer does not model fences, and with std::atomic Asio counts references with one; with
    # Boost's counter it does not.
    add_compile_definitions(BOOST_ASIO_DISABLE_STD_ATOMIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
  if(AUGUR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # The added checks hide from g++ that a value was set (its manual says so of this warning and -fsanitize);
      # the release and clang builds keep the warning.
      add_compile_options(-Wno-maybe-uninitialized)
    endif()
  endif()
endif()

# Assertions everywhere but in release, where only the tests carry them.
if(AUGUR_BUILD_TESTS AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
