#include "request_kind.hpp"

#include <map>
#include <numeric>

namespace toksync::bench {

std::string_view to_string(RequestKind kind) {
  static constexpr std::array<std::string_view, kRequestKinds> names{
      "search",          "enrich start",   "enrich read",   "content start",    "content read",
      "content details", "audience start", "audience read", "audience details", "leaders start",
      "leaders read",    "usage",          "other"};
  return names.at(static_cast<std::size_t>(kind));
}

RequestKind kind_of(std::string_view path) {
  static const std::map<std::string_view, RequestKind> kinds{
      {"/v1/creators/discovery-search", RequestKind::search},
      {"/v1/creators/enrich", RequestKind::enrich_start},
      {"/v1/enrichments/results", RequestKind::enrich_read},
      {"/v1/creators/content-match", RequestKind::content_start},
      {"/v1/content-match/results", RequestKind::content_read},
      {"/v1/content-match/posts", RequestKind::content_details},
      {"/v1/creators/audience-match", RequestKind::audience_start},
      {"/v1/audience-match/results", RequestKind::audience_read},
      {"/v1/audience-match/details", RequestKind::audience_details},
      {"/v1/creators/thought-leaders", RequestKind::leaders_start},
      {"/v1/jobs/results:bulk", RequestKind::leaders_read},
      {"/v1/account/usage", RequestKind::usage}};
  const auto found = kinds.find(path);
  return found == kinds.end() ? RequestKind::other : found->second;
}

int Requests::total() const { return std::accumulate(count.begin(), count.end(), 0); }

}  // namespace toksync::bench
