// A string that must not be seen: an API key. It prints as stars, and only `reveal()` gives it away.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace toksync {

/// Holds a secret; anything that formats it gets "***".
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] bool empty() const { return value_.empty(); }
  /// The secret itself, for the one place that puts it on the wire.
  [[nodiscard]] const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

/// True when the text looks like an API key of a provider we know: `tk_live_`, `tk_test_`, `sk_` or
/// `tok_live_` followed by at least 16 characters of a key (contracts/toksta.md, contracts/tokportal.md).
[[nodiscard]] bool looks_like_api_key(std::string_view text);

/// The text with everything in it that looks like an API key replaced by "***".
[[nodiscard]] std::string redact(std::string_view text);

}  // namespace toksync

template <>
struct fmt::formatter<toksync::Secret> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(const toksync::Secret&, Context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
