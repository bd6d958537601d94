#pragma once

// The canonical form of a request, made from the received bytes. Written apart from the library's signer on purpose:
// a mistake must not cancel itself out.

#include <augur/emulator/sigv4_verifier.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator::sigv4 {

std::vector<std::string_view> split(std::string_view text, char at);
/// Without blanks and tabs at both ends.
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
/// Undoes %XX once; a '%' that starts no pair stays as it is.
std::string decode(std::string_view text);

std::string canonical_path(std::string_view path, sigv4_policy const& policy);
/// Names and values decoded once, encoded again, sorted; X-Amz-Signature is left out.
std::string canonical_query(std::string_view query);
/// One line per name, in the order of `names`; repeated headers are joined by commas.
std::string canonical_headers(header_list const& headers, std::vector<std::string> const& names);

} // namespace augur::emulator::sigv4
