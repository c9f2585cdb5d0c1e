// What the analyses find out: scores, posts, engagers. All of it follows from the creator and the
// criteria, so that the same question always has the same answer.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/jobs.hpp"
#include "sandbox/world.hpp"

namespace toksync::sandbox {

struct ContentFinding {
  int score = 0;  ///< 0 to 100
  int analyzed = 0;
  int matching = 0;
  std::string label;
};

struct AudienceFinding {
  int score = 0;  ///< 0 to 100
  int analyzed = 0;
  int matching = 0;
  int companies = 0;
  std::string summary;
};

[[nodiscard]] ContentFinding content_finding(const World& world, std::size_t creator,
                                             const std::vector<std::string>& topics, int posts);
[[nodiscard]] AudienceFinding audience_finding(const World& world, const Analysis& analysis);

/// The first `limit` posts that match the topics, best first; the fields of matched_posts.
[[nodiscard]] nlohmann::json matched_posts(const World& world, std::size_t creator,
                                           const std::vector<std::string>& topics, int limit);
/// The first `limit` posts as keyword evidence; the fields of evidence_posts.
[[nodiscard]] nlohmann::json evidence_posts(const World& world, std::size_t creator,
                                            const std::vector<std::string>& keywords, int limit);

[[nodiscard]] nlohmann::json top_engagers(const World& world, const Analysis& analysis, int limit);
[[nodiscard]] nlohmann::json top_companies(const World& world, const Analysis& analysis);
[[nodiscard]] nlohmann::json job_titles(const World& world, const Analysis& analysis);
[[nodiscard]] nlohmann::json geography(const World& world, const Analysis& analysis);

}  // namespace toksync::sandbox
