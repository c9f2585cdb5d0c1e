#include "sandbox/reading.hpp"

#include <algorithm>
#include <charconv>

namespace toksync::sandbox {

std::vector<std::string> Visit::texts(const char* name) const {
  std::vector<std::string> values;
  const auto [first, last] = request.params.equal_range(name);
  std::transform(first, last, std::back_inserter(values), [](const auto& param) { return param.second; });
  return values;
}

std::optional<std::int64_t> Visit::integer(const char* name, std::int64_t otherwise) const {
  if (!has(name)) return otherwise;
  const std::string value = text(name);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return number;
}

bool Visit::wants(const char* name, const std::string& value) const {
  const auto values = texts(name);
  return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
  std::vector<std::string> ids;
  while (!pattern.empty() && !path.empty()) {
    const auto pattern_end = std::min(pattern.size(), pattern.find('/', 1));
    const auto path_end = std::min(path.size(), path.find('/', 1));
    const std::string_view segment = path.substr(0, path_end);
    const bool is_id = pattern.substr(0, pattern_end) == "/{id}";
    if (is_id ? segment.size() < 2 : pattern.substr(0, pattern_end) != segment) return std::nullopt;
    if (is_id) ids.emplace_back(segment.substr(1));
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return ids;
}

void add_rate_headers(const Visit& visit, Answer& answer) {
  if (!visit.rate) return;
  const auto reset = std::chrono::ceil<Seconds>(visit.rate->reset.time_since_epoch()).count();
  answer.headers.emplace_back("X-RateLimit-Limit", std::to_string(visit.rate->limit));
  answer.headers.emplace_back("X-RateLimit-Remaining", std::to_string(visit.rate->remaining));
  answer.headers.emplace_back("X-RateLimit-Reset", std::to_string(reset));
}

std::int64_t whole_seconds(Milliseconds duration) {
  return std::max<std::int64_t>(1, std::chrono::ceil<Seconds>(duration).count());
}

}  // namespace toksync::sandbox
