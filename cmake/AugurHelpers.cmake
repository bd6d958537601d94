# augur_read_list(OUT FILE): the lines of a list file without comments and blank lines. Changing the
# file configures again. FILE is relative to the top of the project; a missing file is an empty list.
function(augur_read_list out file)
  set(path "${PROJECT_SOURCE_DIR}/${file}")
  set(lines "")
  if(EXISTS "${path}")
    set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
    file(STRINGS "${path}" lines REGEX "^[ \t]*[^# \t]")
    list(TRANSFORM lines STRIP)
    list(REMOVE_DUPLICATES lines)
  endif()
  set(${out} "${lines}" PARENT_SCOPE)
endfunction()

# augur_warnings(TARGET): the warnings every file of this project is free of.
function(augur_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # g++'s -Wconversion leaves signs out in C++.
    target_compile_options(${target} PRIVATE -Wno-sign-conversion)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 takes Asio's recycled coroutine frames for a mismatched new and delete.
    target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete)
  endif()
  if(AUGUR_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# augur_program(TARGET SOURCE...): a program of this project on top of the library under test.
function(augur_program target)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE ${AUGUR_LIBRARY})
  augur_warnings(${target})
endfunction()
