#include "pipeline/document.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/secret.hpp"

namespace toksync::pipeline {
namespace {

/// Deeper nesting than this in one statement is no pipeline, and toml++ would recurse as deep.
constexpr int kMostDots = 100;
constexpr std::size_t kLongestQuote = 60;

Position position_of(const toml::source_position& position) {
  return {std::max(1, static_cast<int>(position.line)), std::max(1, static_cast<int>(position.column))};
}

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string join(const std::string& path, std::string_view key) {
  const auto name = is_bare_key(key) && key.size() <= kLongestQuote ? std::string{key} : quoted(key);
  return path.empty() ? name : path + "." + name;
}

Table to_table(const toml::table& source, const std::string& path);

Node to_node(const toml::node& source, const std::string& path) {
  Node node{{}, position_of(source.source().begin), {}, false};
  if (const auto* boolean = source.as_boolean()) node.value = boolean->get();
  if (const auto* integer = source.as_integer()) node.value = integer->get();
  if (const auto* number = source.as_floating_point()) node.value = number->get();
  if (const auto* text = source.as_string()) node.value = text->get();
  if (const auto* table = source.as_table()) node.value = to_table(*table, path);
  if (const auto* array = source.as_array()) {
    Array elements;
    elements.reserve(array->size());
    for (const auto& element : *array) elements.push_back(to_node(element, path));
    node.value = std::move(elements);
  }
  return node;
}

Table to_table(const toml::table& source, const std::string& path) {
  Table table;
  for (const auto& [key, value] : source) {
    const auto own_path = join(path, key.str());
    table.push_back({std::string{key.str()}, own_path, position_of(key.source().begin), to_node(value, own_path)});
  }
  std::ranges::stable_sort(table, {}, &Entry::at);
  return table;
}

/// The end of the string that begins at `at` with a quote, as TOML counts it; the end of the text when it never ends.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string triple(3, quote);
  const bool is_long = text.substr(at).starts_with(triple);
  at += is_long ? 3 : 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (is_long && text.substr(at).starts_with(triple)) {
      // Two quotes more may stand before the closing ones.
      return std::min({text.find_first_not_of(quote, at), at + 5, text.size()});
    } else if (!is_long && (text[at] == quote || text[at] == '\n')) {
      return at + (text[at] == quote ? 1 : 0);
    }
  }
  return text.size();
}

Position position_in(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  const auto line_begin = before.rfind('\n') + 1;
  const auto line = before.substr(line_begin);
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(std::ranges::count_if(line, starts_character)) + 1};
}

/// Where a statement holds more dots outside of strings and comments than any sensible dotted key. A statement
/// ends with its line, but not inside of brackets.
std::optional<Position> find_deep_statement(std::string_view text) {
  int dots = 0;
  int brackets = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = end_of_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '[' || c == '{') ++brackets;
    if (c == ']' || c == '}') --brackets;
    if (c == '\n' && brackets <= 0) dots = brackets = 0;
    if (c == '.' && ++dots > kMostDots) return position_in(text, at);
    ++at;
  }
  return std::nullopt;
}

std::string number_in_words(double number) {
  const bool looks_whole = std::isfinite(number) && number == std::trunc(number) && std::abs(number) < 1e15;
  return looks_whole ? fmt::format("{:.1f}", number) : fmt::format("{}", number);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void append_escaped(std::string& out, char c) {
  if (c == '"' || c == '\\') out += '\\';
  if (c == '\n') {
    out += "\\n";
  } else if (is_control(c)) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  } else {
    out += c;
  }
}

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

tl::expected<Table, SyntaxError> read_document(std::string_view text) {
  if (const auto deep = find_deep_statement(text)) {
    return tl::unexpected(SyntaxError{*deep, fmt::format("more than {} dots in one statement", kMostDots)});
  }
  try {
    return to_table(toml::parse(text), "");
  } catch (const toml::parse_error& problem) {
    auto message = fmt::format("not valid TOML: {}", problem.description());
    // It quotes the file as it stands, ends of lines and all.
    std::ranges::replace_if(message, is_control, ' ');
    return tl::unexpected(SyntaxError{position_of(problem.source().begin), std::move(message)});
  }
}

const Entry* find(const Table& table, std::string_view key) {
  const auto entry = std::ranges::find(table, key, &Entry::key);
  return entry == table.end() ? nullptr : &*entry;
}

const Entry* find_usable(const Table& table, std::string_view key) {
  const auto* const entry = find(table, key);
  return entry != nullptr && !entry->node.refused ? entry : nullptr;
}

const Table& table_at(const Table& table, std::string_view key) {
  static const Table kNone;
  const auto* const entry = find(table, key);
  const auto* const inner = entry == nullptr ? nullptr : std::get_if<Table>(&entry->node.value);
  return inner == nullptr ? kNone : *inner;
}

Table merge(Table base, const Table& over) {
  for (const auto& entry : over) {
    const auto own = std::ranges::find(base, entry.key, &Entry::key);
    if (own == base.end()) {
      base.push_back(entry);
      continue;
    }
    auto* const below = std::get_if<Table>(&own->node.value);
    const auto* const above = std::get_if<Table>(&entry.node.value);
    if (below != nullptr && above != nullptr) {
      *below = merge(std::move(*below), *above);
    } else {
      *own = entry;
    }
  }
  return base;
}

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::string quoted(std::string_view text) {
  std::string out{"\""};
  std::size_t characters = 0;
  // Before the cut: half a key would not be recognised any more.
  for (const char c : redact(text)) {
    if (starts_character(c) && ++characters > kLongestQuote) return out + "…\"";
    append_escaped(out, c);
  }
  return out + "\"";
}

std::string describe(const Node& node) {
  return std::visit(
      Overloaded{[](std::monostate) { return std::string{"a date or time"}; },
                 [](bool value) { return std::string{value ? "true" : "false"}; },
                 [](std::int64_t value) { return fmt::format("{}", value); },
                 [](double value) { return number_in_words(value); },
                 [&node](const std::string& value) { return quoted(node.written.empty() ? value : node.written); },
                 [](const Array& value) { return std::string{value.empty() ? "an empty array" : "an array"}; },
                 [](const Table&) { return std::string{"a table"}; }},
      node.value);
}

}  // namespace toksync::pipeline
