// A TOML file as a plain tree: tables in the order of the file, every key and value with its position
// and its full dotted name. It keeps toml++ inside one source file. Used by the pipeline room only.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace toksync::pipeline {

/// Line and column from 1, the column in characters; 0:0 is the whole file.
struct Position {
  int line = 0;
  int column = 0;

  friend bool operator==(const Position&, const Position&) = default;
  friend std::strong_ordering operator<=>(const Position& left, const Position& right) {
    const auto by_line = left.line <=> right.line;
    return std::is_eq(by_line) ? left.column <=> right.column : by_line;
  }
};

struct Node;
struct Entry;
using Array = std::vector<Node>;
using Table = std::vector<Entry>;

/// One value. `std::monostate` stands for dates and times, which the format never uses.
struct Node {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table> value;
  Position at;
  std::string written;   ///< a string as it stood in the file, when variables in it were replaced
  bool refused = false;  ///< a problem was reported: nothing may be built from it
};

/// One key of a table and its value.
struct Entry {
  std::string key;
  std::string path;  ///< "search.filters.languages"
  Position at;       ///< of the key
  Node node;
};

struct SyntaxError {
  Position at;
  std::string message;
};

/// The root table of a TOML 1.0 text, or its first syntax error.
[[nodiscard]] tl::expected<Table, SyntaxError> read_document(std::string_view text);

/// The entry of that key, or nullptr.
[[nodiscard]] const Entry* find(const Table& table, std::string_view key);
/// The entry of that key when nothing about its value was refused, or nullptr.
[[nodiscard]] const Entry* find_usable(const Table& table, std::string_view key);
/// The table under that key, or an empty one when there is none.
[[nodiscard]] const Table& table_at(const Table& table, std::string_view key);

/// `over` laid over `base`: tables are merged key by key, everything else is replaced.
[[nodiscard]] Table merge(Table base, const Table& over);

/// A value in words, for messages: `"text"`, `5`, `an array`. Long texts are cut, variables not replaced.
[[nodiscard]] std::string describe(const Node& node);
/// The text in quotes, with control characters escaped, keys starred out, cut after 60 characters.
[[nodiscard]] std::string quoted(std::string_view text);
/// False for the second to fourth byte of a UTF-8 character.
[[nodiscard]] bool starts_character(char byte);

}  // namespace toksync::pipeline
