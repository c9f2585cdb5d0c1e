// The vocabulary creators are made of: names, places, topics. Only data.
#pragma once

#include <string_view>
#include <vector>

namespace toksync::sandbox {

/// A field of expertise: what its creators write about, call themselves and are read by.
struct Topic {
  std::string_view name;
  int weight;                                ///< how common it is among creators
  std::vector<std::string_view> phrases;     ///< what they say they write about
  std::vector<std::string_view> titles;      ///< their jobs
  std::vector<std::string_view> categories;  ///< content_categories
  std::vector<std::string_view> audiences;   ///< target_audiences
};

[[nodiscard]] const std::vector<Topic>& topics();
[[nodiscard]] const std::vector<std::string_view>& first_names();
[[nodiscard]] const std::vector<std::string_view>& last_names();
[[nodiscard]] const std::vector<std::string_view>& locations();
[[nodiscard]] const std::vector<std::string_view>& companies();
/// Job titles of the people who react to posts.
[[nodiscard]] const std::vector<std::string_view>& engager_titles();

}  // namespace toksync::sandbox
