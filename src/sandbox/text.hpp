// Text matching as the sandbox's search does it: words, lower case, whole words only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toksync::sandbox {

/// Lower case, every run of other than letters and digits one space, a space at both ends; so that
/// " abm " is found in the text as a word and nowhere else. Bytes above ASCII count as letters.
[[nodiscard]] std::string words_of(std::string_view text);

/// How well a text (from words_of) answers a keyword: 1 for the whole phrase, less for some of its words, 0.
[[nodiscard]] double relevance(const std::string& words, const std::string& keyword_words);

/// The same for several keywords, 0 to 1: the mean.
[[nodiscard]] double relevance(const std::string& words, const std::vector<std::string>& keywords);

/// Lower case of ASCII letters.
[[nodiscard]] std::string lower(std::string_view text);

/// The texts sorted, one after another with commas: the identity of a set of criteria.
[[nodiscard]] std::string joined_sorted(std::vector<std::string> texts);

}  // namespace toksync::sandbox
