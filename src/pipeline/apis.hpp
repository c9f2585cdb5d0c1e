// The APIs that a pipeline may name: where they are, where their keys are looked for, and whether they have stages or
// mirrors. Used by the format, by what is built of it, and by the rules between keys.
#pragma once

#include <array>
#include <string_view>

namespace toksync::pipeline {

struct Api {
  std::string_view name;
  std::string_view base_url;
  std::string_view api_key_env;
  bool has_mirrors = false;  ///< lists to read, in place of stages
};

inline constexpr std::array kApis{
    Api{"toksta", "https://api.toksta.com", "TOKSTA_API_KEY"},
    Api{"toksta-partner", "https://api.toksta.com", "TOKSTA_API_KEY"},
    Api{"tokportal", "https://app.tokportal.com/api/ext", "TOKPORTAL_API_KEY", true},
    Api{"toktra", "https://api.toktra.io/v1", "TOKTRA_API_KEY", true},
};

/// The API of that name; the first when there is none.
[[nodiscard]] constexpr const Api& find_api(std::string_view name) {
  for (const auto& api : kApis) {
    if (api.name == name) return api;
  }
  return kApis.front();
}

}  // namespace toksync::pipeline
