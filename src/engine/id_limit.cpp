#include "engine/id_limit.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace toksync::engine {
namespace {

constexpr int kTooLarge = 413;

// Say that something is limited, the first with the number behind them.
constexpr auto kBeforeNumber = std::to_array<std::string_view>(
    {"at most", "no more", "more than", "up to", "max", "limit", "exceed", "less than or equal", "<="});
constexpr auto kWithoutNumber = std::to_array<std::string_view>({"too many", "too large"});
// How words about the ids begin, and those about what else there is in a request.
constexpr auto kIds = std::to_array<std::string_view>({"creator", "id", "job", "batch", "profile"});
constexpr auto kOthers = std::to_array<std::string_view>(
    {"keyword",   "topic",    "post",     "audience", "target", "criteri", "engager", "follower",
     "candidate", "max_cand", "analysis", "length",   "char",   "byte",    "kb",      "kib",
     "mb",        "second",   "minute",   "day",      "wait",   "credit",  "request"});

using Texts = std::vector<std::string_view>;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_of_word(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

template <std::size_t size>
bool has_phrase(std::string_view text, const std::array<std::string_view, size>& phrases) {
  return std::ranges::any_of(phrases, [&](auto phrase) { return text.find(phrase) != std::string_view::npos; });
}

/// The name of a field is one word: "posts_limit_per_creator" is about posts.
template <std::size_t size>
bool has_word(std::string_view text, const std::array<std::string_view, size>& beginnings) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_of_word(text[i]) || (i > 0 && is_of_word(text[i - 1]))) continue;
    const auto word = text.substr(i);
    if (std::ranges::any_of(beginnings, [&](auto beginning) { return word.starts_with(beginning); })) return true;
  }
  return false;
}

/// Sentences, and what the details' JSON keeps apart.
Texts clauses_of(std::string_view text) {
  Texts clauses;
  std::size_t first = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool is_point = i + 1 < text.size() && text[i] == '.' && text[i + 1] == ' ';
    if (i < text.size() && !is_point && std::string_view(";{[").find(text[i]) == std::string_view::npos) continue;
    clauses.push_back(text.substr(first, i - first));
    first = i + 1;
  }
  return clauses;
}

/// A number with what stands before it, as far as the number before that, and the word behind it.
struct Number {
  std::size_t value = 0;  ///< 0 for what is no number of its own, such as a part of an id
  std::string_view before, unit;
};

Number number_at(std::string_view clause, std::size_t first, std::size_t after_last) {
  const auto end = std::min(clause.size(), clause.find_first_not_of("0123456789", first));
  const auto is_part = [](char c) { return is_of_word(c) || c == '-' || c == '#'; };
  const bool is_alone = (first == 0 || !is_part(clause[first - 1])) && (end == clause.size() || !is_part(clause[end]));
  Number number{0, clause.substr(after_last, first - after_last), clause.substr(end)};
  if (is_alone) std::from_chars(clause.data() + first, clause.data() + end, number.value);
  number.unit = number.unit.substr(0, number.unit.find_first_of(" ,:)", 1));
  return number;
}

std::optional<std::size_t> told_in(std::string_view clause, std::size_t ids) {
  std::size_t after_last = 0;
  for (std::size_t i = 0; i < clause.size(); ++i) {
    if (!is_digit(clause[i])) continue;
    const auto number = number_at(clause, i, after_last);
    const bool is_plausible = number.value >= 1 && number.value < ids;
    if (is_plausible && has_phrase(number.before, kBeforeNumber) && !has_word(number.unit, kOthers)) {
      return number.value;
    }
    i = std::min(clause.size(), clause.find_first_not_of("0123456789", i)) - 1;
    after_last = i + 1;
  }
  return std::nullopt;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::optional<IdLimit> id_limit(const Failure& failure, int http_status, std::size_t ids) {
  const auto text = lower_case(failure.message);
  bool is_limit = http_status == kTooLarge;
  bool is_about_ids = true;
  for (const auto clause : clauses_of(text)) {
    is_about_ids = has_word(clause, kIds) || (is_about_ids && !has_word(clause, kOthers));
    if (!is_about_ids) continue;
    if (const auto told = told_in(clause, ids)) return IdLimit{*told, true};
    is_limit = is_limit || has_phrase(clause, kBeforeNumber) || has_phrase(clause, kWithoutNumber);
  }
  if (!is_limit) return std::nullopt;
  return IdLimit{ids / 2, false};
}

}  // namespace toksync::engine
