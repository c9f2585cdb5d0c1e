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

}  // namespace toksync::cli
