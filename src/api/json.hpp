// JSON answers, read tolerantly: a document is checked as a whole, then its values can be looked at in
// any order, each with the exact text it came as. Used by the decoders; the one user of simdjson.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "model/creator.hpp"

namespace toksync::api {

struct JsonTree;

/// A value of a document, or the absence of one. Valid as long as the document lives.
class JsonValue {
 public:
  JsonValue() = default;
  JsonValue(const JsonTree& tree, std::uint32_t node) : tree_(&tree), node_(node) {}

  [[nodiscard]] bool is_absent() const { return tree_ == nullptr; }
  /// Neither absent nor null.
  [[nodiscard]] bool is_known() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_text() const;
  /// The text as it came, without the space around it; empty when absent.
  [[nodiscard]] std::string_view raw() const;

  /// The first member of that name; absent for anything but an object that has one.
  [[nodiscard]] JsonValue operator[](std::string_view name) const;
  /// The elements of an array, otherwise nothing.
  [[nodiscard]] std::vector<JsonValue> items() const;
  /// The members of an object, otherwise nothing.
  [[nodiscard]] std::vector<std::pair<std::string_view, JsonValue>> members() const;

  /// A string, or a number as it is written.
  [[nodiscard]] OptionalText text() const;
  /// A finite number, also one inside a string.
  [[nodiscard]] OptionalNumber number() const;
  /// A whole number that fits 64 bits, also inside a string; a fraction is rounded.
  [[nodiscard]] OptionalCount count() const;
  /// true or false, also inside a string.
  [[nodiscard]] std::optional<bool> boolean() const;

 private:
  /// What text() and the numbers are made of.
  [[nodiscard]] std::optional<std::string_view> token() const;

  const JsonTree* tree_ = nullptr;
  std::uint32_t node_ = 0;
};

/// Lends documents that are read one after another the same memory, so that a large answer does not ask the system
/// for a megabyte anew. Must outlive them; not for several threads at once.
class JsonMemory {
 public:
  JsonMemory();
  ~JsonMemory();
  JsonMemory(const JsonMemory&) = delete;
  JsonMemory& operator=(const JsonMemory&) = delete;

 private:
  friend class JsonDocument;
  [[nodiscard]] std::unique_ptr<JsonTree> take();
  void give_back(std::unique_ptr<JsonTree> tree);

  std::unique_ptr<JsonTree> spare_;
};

class JsonDocument {
 public:
  /// Reads a whole document. Where a strict reader gives up on bad UTF-8, bare control characters or
  /// broken escapes, these are mended first: what was paid for must not be lost over a damaged letter.
  /// What is no JSON, or nested deeper than 128 levels, is an Error.
  [[nodiscard]] static Expected<JsonDocument> parse(std::string_view body, JsonMemory* memory = nullptr);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  [[nodiscard]] JsonValue root() const;

 private:
  JsonDocument(std::unique_ptr<JsonTree> tree, JsonMemory* memory);
  std::unique_ptr<JsonTree> tree_;
  JsonMemory* memory_;
};

/// The text with invalid UTF-8 as U+FFFD, bare control characters as spaces, and escapes that mean
/// nothing (lone surrogates among them) as U+FFFD or as plain text. Well-formed JSON stays as it is,
/// but for the white space between its values.
[[nodiscard]] std::string mended_json(std::string_view text);

/// The text with each invalid byte of UTF-8 as U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// The text as a JSON string, quotes included.
[[nodiscard]] std::string quoted_json(std::string_view text);

/// Writes an object out of members that are JSON already.
class JsonObjectWriter {
 public:
  void add(std::string_view name, std::string_view json);
  [[nodiscard]] std::string finish() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

/// An array out of values as they came.
[[nodiscard]] std::string raw_array(const std::vector<JsonValue>& values);

}  // namespace toksync::api
