// The creators of the sandbox: invented once from a seed, never changed. The handlers read them; what was
// bought about them lives elsewhere (jobs.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/time.hpp"

namespace toksync::sandbox {

/// The seven metrics; what the API does not know is absent.
struct Metrics {
  std::optional<std::int64_t> followers_count;
  std::optional<double> engagement_rate;
  std::optional<double> avg_posts_per_month;
  std::optional<std::int64_t> avg_views_per_post;
  std::optional<std::int64_t> shares_per_post;
  std::optional<std::int64_t> comments_per_post;
  std::optional<std::int64_t> reactions_per_post;
};

struct Creator {
  std::string id;
  std::string name;
  std::optional<std::string> bio;
  std::optional<std::string> location;
  std::optional<std::string> avatar_url;
  std::vector<std::string> content_categories;
  std::vector<std::string> target_audiences;
  std::vector<std::string> languages;
  std::string platform;  ///< "linkedin" or "youtube"
  std::string handle;
  std::optional<std::string> profile_url;  ///< absent: nothing to enrich or analyze
  bool is_brand = false;
  Metrics metrics;
  WallTime created_at;
  WallTime updated_at;
  std::string words;  ///< name, bio and categories as words_of() makes them
  std::size_t topic = 0;
};

class World {
 public:
  World(std::uint64_t seed, std::size_t count);

  [[nodiscard]] const std::vector<Creator>& creators() const { return creators_; }
  [[nodiscard]] const Creator& at(std::size_t index) const { return creators_[index]; }
  [[nodiscard]] std::optional<std::size_t> find(const std::string& id) const;
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::vector<Creator> creators_;
  std::unordered_map<std::string, std::size_t> by_id_;
};

/// A creator as search results show it.
[[nodiscard]] nlohmann::json to_json(const Creator& creator);

/// The metrics; an unknown one is null, an unknown number of shares is left out: clients must bear both.
[[nodiscard]] nlohmann::json to_json(const Metrics& metrics);

}  // namespace toksync::sandbox
