#pragma once

#include <augur/core/result.hpp>

#include <map>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::aws {

/// One of the two shared files.
enum class profile_file : std::uint8_t
{
    config,      ///< sections "[default]" and "[profile NAME]"
    credentials, ///< sections "[NAME]"
};

/// Keys (lower-case) and values per profile. Values may be secret: never print one.
using profile_set = std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

/// Reads the text of a shared file by the grammar of the AWS SDK and tools reference guide: comments
/// with # or ;, blanks around the equals sign, nested (indented) keys ignored, later values win.
/// Unknown sections are skipped. `errc::decode_error` names the line, never its content.
result<profile_set> parse_profiles(std::string_view text, profile_file kind);

/// Puts `from` over `into`, key by key: the credentials file wins over the config file.
void merge_profiles(profile_set& into, profile_set from);

/// Reads and merges both files; a missing file is an empty one. Files over 1 MiB are refused.
result<profile_set> load_profiles(std::string const& config_path, std::string const& credentials_path);

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/profile.ipp>
#endif
