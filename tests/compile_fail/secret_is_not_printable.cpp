// A secret never finds its way into a stream, a string or a format by accident.
// expect: no match for .operator<<.|invalid operands to binary expression|use of deleted function|call to deleted
// function expect: conversion from .*secret.* requested|no viable conversion|cannot convert|no matching function|no
// known conversion variants: 4
#include <augur/core/secret.hpp>

#include <iostream>
#include <string>
#include <string_view>

void control(augur::secret const& key)
{
    // Asking for the bytes by name is the only way.
    std::string_view const bytes = key.reveal();
    std::cout << bytes.size();
}

#ifdef AUGUR_MUST_FAIL
void leak(augur::secret const& key)
{
#if AUGUR_MUST_FAIL == 1
    std::cout << key;
#elif AUGUR_MUST_FAIL == 2
    std::string const text = key;
#elif AUGUR_MUST_FAIL == 3
    std::string_view const text = key;
#else
    auto const text = std::to_string(key);
#endif
}
#endif
