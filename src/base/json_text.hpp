// A text as a JSON string. For the few places below `api` and `cli` that write a little JSON by hand.
#pragma once

#include <string>
#include <string_view>

namespace toksync {

/// The text in double quotes, with quotes, backslashes and control characters escaped. Other bytes stay as
/// they are.
[[nodiscard]] std::string quote_json(std::string_view text);

}  // namespace toksync
