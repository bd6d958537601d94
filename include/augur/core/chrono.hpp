#pragma once

/// @file
/// The durations and clocks of <chrono>. Its calendar, time zones and printing, which no header needs,
/// take a twentieth of the time of a user's file; libstdc++ keeps the rest in a file of its own.

#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
