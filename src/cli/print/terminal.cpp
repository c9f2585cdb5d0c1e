#include "cli/print/terminal.hpp"

#include <algorithm>
#include <cstdlib>
#include <cwchar>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace toksync::cli {
namespace {

struct Character {
  std::string_view bytes;
  wchar_t code = L'\0';
  bool is_valid = false;
};

/// The next character of a text that is not empty; a byte that is no UTF-8 stands for itself.
Character next_character(std::string_view text) {
  std::mbstate_t state{};
  wchar_t code = L'\0';
  const auto length = std::mbrtowc(&code, text.data(), text.size(), &state);
  if (length == 0) return {text.substr(0, 1), L'\0', true};
  if (length > text.size()) return {text.substr(0, 1), L'\0', false};
  return {text.substr(0, length), code, true};
}

bool changes_direction(wchar_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F;
}

bool is_control(wchar_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

std::size_t width_of(const Character& character) {
  const auto width = character.is_valid ? wcwidth(character.code) : 1;
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_dumb() {
  const char* const type = std::getenv("TERM");
  return type == nullptr || std::string_view{type} == "dumb";
}

}  // namespace

std::string Terminal::bold(std::string_view text) const {
  return has_colour ? fmt::format("\033[1m{}\033[0m", text) : std::string{text};
}

std::string Terminal::red(std::string_view text) const {
  return has_colour ? fmt::format("\033[31m{}\033[0m", text) : std::string{text};
}

std::string Terminal::green(std::string_view text) const {
  return has_colour ? fmt::format("\033[32m{}\033[0m", text) : std::string{text};
}

std::string Terminal::yellow(std::string_view text) const {
  return has_colour ? fmt::format("\033[33m{}\033[0m", text) : std::string{text};
}

Terminal inspect_terminal(int descriptor, bool no_colour) {
  if (isatty(descriptor) == 0) return {};
  Terminal terminal{true, !no_colour && !is_set("NO_COLOR") && !is_dumb(), std::nullopt};
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.width = size.ws_col;
  return terminal;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto character = next_character(text);
    width += width_of(character);
    text.remove_prefix(character.bytes.size());
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto character = next_character(text);
    if (!character.is_valid) {
      shown += "\uFFFD";
    } else if (is_control(character.code)) {
      shown += ' ';
    } else if (!changes_direction(character.code)) {
      shown += character.bytes;
    }
    text.remove_prefix(character.bytes.size());
  }
  return shown;
}

std::string shorten(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string{text};
  std::string kept;
  std::size_t used = 1;
  while (!text.empty()) {
    const auto character = next_character(text);
    used += width_of(character);
    if (used > width) break;
    kept += character.bytes;
    text.remove_prefix(character.bytes.size());
  }
  return kept + "…";
}

std::string wrapped(std::string_view text, std::optional<std::size_t> width, std::size_t indent) {
  if (!width) return std::string{text};
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    const auto word_width = display_width(word);
    const bool is_first = column == indent;
    if (!is_first && column + 1 + word_width > *width) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (!is_first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word_width;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace toksync::cli
