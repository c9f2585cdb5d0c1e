// Reads the text of a fuzz input as an HTTP answer, so that the inputs of the corpus can be read by people.
// Anything is a message; what is missing has a default.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "http/transport.hpp"

namespace toksync::fuzz {

/// A line "WORD STATUS", lines "name: value", an empty line, the body.
struct Message {
  std::string_view word;
  int status = 200;  ///< 0..999
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// Takes the first line off the text, without its end.
inline std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// "name: value"; as in the transport, the name is in lower case already and the value has no space around it.
inline std::pair<std::string, std::string> read_header(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos) return {std::string(line), {}};
  return {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))};
}

/// The number that the text begins with, at most `most`; or `fallback`.
inline int read_number(std::string_view text, int most, int fallback) {
  int value = fallback;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc{} && value >= 0 ? std::min(value, most) : fallback;
}

inline Message read_message(std::string_view text) {
  Message message;
  const auto first = take_line(text);
  const auto space = std::min(first.find(' '), first.size());
  message.word = first.substr(0, space);
  message.status = read_number(first.substr(std::min(space + 1, first.size())), 999, 200);
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) break;
    message.headers.push_back(read_header(line));
  }
  message.body = text;
  return message;
}

}  // namespace toksync::fuzz
