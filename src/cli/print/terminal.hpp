// What is known of the place that output goes to: a terminal with a width and perhaps colours, or a pipe.
// And how texts from outside are shown there. Used by everything that prints.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace toksync::cli {

struct Terminal {
  bool is_terminal = false;
  bool has_colour = false;
  std::optional<std::size_t> width;  ///< in columns, of a terminal that tells it

  /// The text in bold, where colours are wanted.
  [[nodiscard]] std::string bold(std::string_view text) const;
  /// The text in green, or in yellow, where colours are wanted.
  [[nodiscard]] std::string green(std::string_view text) const;
  [[nodiscard]] std::string yellow(std::string_view text) const;
  /// The text in red, where colours are wanted.
  [[nodiscard]] std::string red(std::string_view text) const;
};

/// Looks at a file descriptor. No colour when asked for none, with NO_COLOR set, or on a dumb terminal.
[[nodiscard]] Terminal inspect_terminal(int descriptor, bool no_colour);

/// How many columns the text takes; wide characters take two, combining ones none.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The text on one line, without what could steer a terminal: control characters and changes of direction.
[[nodiscard]] std::string printable(std::string_view text);

/// The text cut to at most so many columns, with "…" in place of what is missing.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width);

/// The text in lines of at most so many columns, broken at spaces; those behind the first begin with `indent` spaces.
/// Without a width it stays on one line.
[[nodiscard]] std::string wrapped(std::string_view text, std::optional<std::size_t> width, std::size_t indent);

}  // namespace toksync::cli
