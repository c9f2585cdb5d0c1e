// The pipeline format as one table: every key with its type, bounds, choices, default and meaning. It
// says what is allowed and nothing about how that is checked; check.cpp walks it. Whoever documents or
// describes the format (schema, help) reads it from here too.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace toksync::pipeline {

/// The newest format version that this program reads.
inline constexpr int kFormatVersion = 1;

enum class Kind {
  table,  ///< its keys are the rows whose `table` is this row's path
  boolean,
  integer,
  number,         ///< an integer or a float, finite
  text,           ///< one line, not empty
  prose,          ///< may be empty and have several lines
  texts,          ///< an array of one or more distinct texts
  text_or_texts,  ///< one text or an array of them
  words,          ///< an array of one or more texts, which may repeat: a command and its arguments
  duration,       ///< "90s", "5m", "12h", "30d"; `range` is in seconds
  age,            ///< a duration, or "never"
};

struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

/// A further rule for a text, or for the names that a user chooses in a "*" row.
struct Form {
  std::string_view words;    ///< what is allowed, for messages
  std::string_view pattern;  ///< the same as a regular expression, where one says it
  std::optional<std::string> (*problem)(std::string_view) = nullptr;  ///< what is wrong with a text, or nothing
};

/// One key of the format.
struct KeySpec {
  std::string_view table;  ///< path of the table it stands in; empty for the root
  std::string_view key;    ///< "*" for names that the user chooses
  Kind kind = Kind::table;
  Range range{};                                ///< of integer and number, in seconds for duration and age
  std::span<const std::string_view> choices{};  ///< when not empty, the only values (integers as text)
  const Form* form = nullptr;
  std::string_view fallback{};               ///< the default as TOML spells it; empty when there is none
  std::string_view same_as{};                ///< of a table: the table whose rows describe it
  std::string_view search_kind{};            ///< of a [search] key: the only kind that uses it
  std::span<const std::string_view> apis{};  ///< when not empty, the only ones that use it
  std::string_view needs{};                  ///< of a [mirror] table: the one whose rows it asks for
  bool required = false;
  std::string_view meaning{};  ///< one sentence
};

/// Every key, table by table, in the order in which the documentation tells them.
[[nodiscard]] std::span<const KeySpec> pipeline_format();

/// The row of a key in a table, or of "*" when the table takes any name; nullptr when there is none.
[[nodiscard]] const KeySpec* find_spec(std::string_view table, std::string_view key);

/// "search.filters": the path whose rows describe the content of a table row.
[[nodiscard]] std::string content_path(const KeySpec& table);

/// What the key allows, in words: "an integer from 1 to 100".
[[nodiscard]] std::string allowed_values(const KeySpec& spec);

}  // namespace toksync::pipeline
