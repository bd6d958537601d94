#pragma once

#include <augur/core/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::aws {

/// One of the two shared files.
enum class profile_file : std::uint8_t
{
    config,      ///< sections "[default]", "[profile NAME]", "[sso-session NAME]" and "[services NAME]"
    credentials, ///< sections "[NAME]"
};

/// Keys (lower-case) and values per profile. Values may be secret: never print one. Sections of the two
/// other kinds are kept as "sso-session NAME" and "services NAME"; no profile can have a blank in its name.
using profile_set = std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

/// Reads the text of a shared file by the grammar of the AWS SDK and tools reference guide: lines that
/// start with # or ; are comments, and so is what follows either after a blank; blanks around names and
/// values do not count; keys are lower-cased; an indented line continues the value above it ("s3 =" and
/// its indented keys are one value); later values win; "[profile default]" replaces "[default]".
/// Unknown sections and names with other characters than letters, digits and `-/.%@_:+` are skipped.
/// `errc::decode_error` names the line, never its content.
result<profile_set> parse_profiles(std::string_view text, profile_file kind);

/// The value of an indented "key = value" line under "s3 =" and the like; empty: there is none.
std::string_view sub_property(std::string_view value, std::string_view key) noexcept;

/// Puts `from` over `into`, key by key: the credentials file wins over the config file. Access key id,
/// secret and session token count as one: they are never taken from two files.
void merge_profiles(profile_set& into, profile_set from);

/// Overwrites every value, then clears.
void forget_profiles(profile_set& profiles) noexcept;

/// Reads and merges both files; a missing file, or a device such as /dev/null, is an empty one. One that is there and
/// cannot be read, a folder and a pipe are `errc::invalid_argument`, one over 1 MiB is `errc::decode_error`, and if no
/// more files can be opened, it is `errc::resource_exhausted`. The result holds secrets: `forget_profiles` it when
/// done.
result<profile_set> load_profiles(std::string const& config_path, std::string const& credentials_path);

/// The same for who can do without: a file that is there and cannot be read counts as empty, and `unread` is its error.
result<profile_set> load_profiles(std::string const& config_path, std::string const& credentials_path,
                                  std::optional<error>& unread);

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/profile.ipp>
#endif
