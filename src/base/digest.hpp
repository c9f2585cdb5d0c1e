// SHA-256, for telling whether a pipeline file or a set of criteria is the same as before.
#pragma once

#include <string>
#include <string_view>

namespace toksync {

/// The SHA-256 of the bytes, as 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace toksync
