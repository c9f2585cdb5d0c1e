// SHA-256, for telling whether a pipeline file or a set of criteria is the same as before, and which scripts a page may
// run; with a key, for texts that must be the same without being told.
#pragma once

#include <string>
#include <string_view>

namespace toksync {

/// The SHA-256 of the bytes, as 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// The same as base64, as content security policies have it.
[[nodiscard]] std::string sha256_base64(std::string_view bytes);

/// The HMAC-SHA256 of the text, as 64 lower-case hex digits.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view text);

}  // namespace toksync
