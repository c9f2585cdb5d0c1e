#include "sandbox/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toksync::sandbox {
namespace {

constexpr double partial_worth = 0.7;

bool is_word_letter(unsigned char letter) {
  return letter >= 0x80 || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

char lower_letter(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// The share of the keyword's words that the text has.
double share_of_words(const std::string& words, const std::string& keyword_words) {
  int total = 0;
  int found = 0;
  for (std::size_t at = 0; at + 1 < keyword_words.size();) {
    const std::size_t end = keyword_words.find(' ', at + 1);
    ++total;
    if (words.find(keyword_words.substr(at, end - at + 1)) != std::string::npos) ++found;
    at = end;
  }
  return total == 0 ? 0.0 : static_cast<double>(found) / total;
}

}  // namespace

std::string words_of(std::string_view text) {
  std::string words = " ";
  for (const char letter : text) {
    if (is_word_letter(static_cast<unsigned char>(letter))) {
      words += lower_letter(letter);
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

double relevance(const std::string& words, const std::string& keyword_words) {
  if (keyword_words.size() < 2) return 0.0;
  if (words.find(keyword_words) != std::string::npos) return 1.0;
  return partial_worth * share_of_words(words, keyword_words);
}

double relevance(const std::string& words, const std::vector<std::string>& keywords) {
  double sum = 0.0;
  for (const std::string& keyword : keywords) sum += relevance(words, words_of(keyword));
  return keywords.empty() ? 0.0 : sum / static_cast<double>(keywords.size());
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower_letter);
  return result;
}

std::string joined_sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return fmt::format("{}", fmt::join(texts, ","));
}

}  // namespace toksync::sandbox
