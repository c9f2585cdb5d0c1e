// The rules for addresses that may receive an API key or a notification. Used by the pipeline format, and by
// `cli` for the address that a flag or a variable gives.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace toksync::pipeline {

/// What is wrong with the text as the API's base address, or nothing: https, or http to loopback
/// (127.0.0.0/8, localhost, [::1]); a host, perhaps a port and a path; no user info, query or fragment.
[[nodiscard]] std::optional<std::string> base_url_problem(std::string_view text);

/// The same for a webhook, whose address may have a query.
[[nodiscard]] std::optional<std::string> webhook_problem(std::string_view text);

}  // namespace toksync::pipeline
