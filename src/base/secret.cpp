#include "base/secret.hpp"

#include <algorithm>
#include <array>

namespace toksync {
namespace {

struct Prefix {
  std::string_view text;
  /// Also in the middle of a word: no other word holds it, and an escape ("\\n", "%20") may stand before it.
  bool anywhere;
};

constexpr std::array<Prefix, 4> kPrefixes{
    {{"tk_live_", true}, {"tk_test_", true}, {"tok_live_", true}, {"sk_", false}}};
constexpr std::size_t kShortestKey = 16;

bool is_key_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

struct Range {
  std::size_t begin;
  std::size_t end;
};

std::size_t end_of_key(std::string_view text, std::size_t from) {
  while (from < text.size() && is_key_character(text[from])) ++from;
  return from;
}

Range find_key(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    const bool inside_word = at > 0 && is_key_character(text[at - 1]);
    for (const auto& prefix : kPrefixes) {
      if ((inside_word && !prefix.anywhere) || !text.substr(at).starts_with(prefix.text)) continue;
      const auto end = end_of_key(text, at + prefix.text.size());
      if (end - at - prefix.text.size() >= kShortestKey) return {at, end};
    }
  }
  return {text.size(), text.size()};
}

}  // namespace

bool looks_like_api_key(std::string_view text) { return find_key(text, 0).begin < text.size(); }

std::string redact(std::string_view text) {
  std::string clean;
  std::size_t done = 0;
  for (auto key = find_key(text, 0); key.begin < text.size(); key = find_key(text, key.end)) {
    clean += text.substr(done, key.begin - done);
    clean += "***";
    done = key.end;
  }
  clean += text.substr(done);
  return clean;
}

}  // namespace toksync
