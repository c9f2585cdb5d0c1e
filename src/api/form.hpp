// Names and values as a query or a form writes them. Used by the mirror providers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toksync::api {

/// "limit=100&cursor=a%2Fb": everything but letters, digits and -._~ is written as %XX.
[[nodiscard]] std::string form_encoded(const std::vector<std::pair<std::string_view, std::string_view>>& fields);

}  // namespace toksync::api
