#pragma once

/// @file
/// The version and the few macros of the library.
///
/// AUGUR_HEADER_ONLY (0 or 1, default 0) chooses between the compiled library and header-only use.
/// Both modes live in different inline namespaces, so that mixing them in one program is a link
/// error and not a crash.

#define AUGUR_VERSION_MAJOR 0
#define AUGUR_VERSION_MINOR 1
#define AUGUR_VERSION_PATCH 0
#define AUGUR_VERSION "0.1.0"

#ifndef AUGUR_HEADER_ONLY
#define AUGUR_HEADER_ONLY 0
#endif

/// Marks types whose identity must survive a shared-library border: exceptions, error categories,
/// abstract classes.
#if defined(_WIN32)
#define AUGUR_DECL
#else
#define AUGUR_DECL __attribute__((visibility("default")))
#endif

/// Marks what a call that goes well does not run: the compiler moves it, and the jumps to it, away from the usual
/// path. A call goes through more code than the first cache holds, so bytes that are jumped over cost time too.
#if defined(__GNUC__)
#define AUGUR_COLD [[gnu::cold]]
#else
#define AUGUR_COLD
#endif

/// AUGUR_INLINE stands before every function body in an `.ipp` file.
/// AUGUR_ABI is the inline namespace: `namespace augur::inline AUGUR_ABI::codec { ... }`.
#if AUGUR_HEADER_ONLY
#define AUGUR_INLINE inline
#define AUGUR_ABI header_only_v0
#else
#define AUGUR_INLINE
#define AUGUR_ABI v0
#endif
