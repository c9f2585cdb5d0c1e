// Texts as addresses write them: letters, digits and -._~ as they are, everything else as %XX. Used by the providers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toksync::api {

/// An id that came from an API, as one part of a path: whatever is in it stays inside. "." and "..", which would be
/// steps of the path, are escaped too.
[[nodiscard]] std::string path_part(std::string_view id);

/// "limit=100&cursor=a%2Fb", for queries and forms; fields without a value are left out.
[[nodiscard]] std::string form_encoded(const std::vector<std::pair<std::string_view, std::string_view>>& fields);

}  // namespace toksync::api
