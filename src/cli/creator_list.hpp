// A list of creators that a person hands over: one id, handle or profile URL a line, or a CSV file with a column
// creator_id. Used by backfill.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"

namespace toksync::cli {

struct ListedCreator {
  std::string text;
  int line = 0;  ///< from 1
};

/// Those that the text names, in its order, each once. Blank lines, and lines that begin with #, name nobody. A table
/// without a column creator_id is an Error of kind usage.
[[nodiscard]] Expected<std::vector<ListedCreator>> parse_creator_list(std::string_view text, const std::string& file);

/// Reads the file, or standard input for "-".
[[nodiscard]] Expected<std::vector<ListedCreator>> read_creator_list(const std::string& file);

}  // namespace toksync::cli
