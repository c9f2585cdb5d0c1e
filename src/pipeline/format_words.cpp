#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/time.hpp"
#include "pipeline/format.hpp"

namespace toksync::pipeline {
namespace {

std::string choices_in_words(const KeySpec& spec) {
  const bool quoted = spec.kind != Kind::integer;
  std::string words;
  for (std::size_t i = 0; i < spec.choices.size(); ++i) {
    if (i > 0) words += i + 1 == spec.choices.size() ? " or " : ", ";
    words += quoted ? fmt::format("\"{}\"", spec.choices[i]) : std::string{spec.choices[i]};
  }
  return words;
}

std::string range_in_words(const Range& range) {
  if (std::isinf(range.least) && std::isinf(range.most)) return "";
  if (std::isinf(range.most)) return fmt::format(" of at least {}", range.least);
  // {:.0f} keeps a large whole bound from turning into 1e+06.
  return fmt::format(" from {:.0f} to {:.0f}", range.least, range.most);
}

std::string durations_in_words(const Range& range) {
  const auto spelled = [](double seconds) { return format_duration(Seconds{std::llround(seconds)}); };
  return fmt::format("a duration from \"{}\" to \"{}\" (an integer with s, m, h or d)", spelled(range.least),
                     spelled(range.most));
}

std::string texts_in_words(const KeySpec& spec) {
  if (spec.choices.empty()) return "an array of one or more texts";
  return fmt::format("an array of one or more of {}", choices_in_words(spec));
}

std::string text_in_words(const KeySpec& spec) {
  if (!spec.choices.empty()) return choices_in_words(spec);
  return spec.form == nullptr ? "a text that is not empty" : std::string{spec.form->words};
}

}  // namespace

std::string content_path(const KeySpec& table) {
  if (!table.same_as.empty()) return std::string{table.same_as};
  return table.table.empty() ? std::string{table.key} : fmt::format("{}.{}", table.table, table.key);
}

const KeySpec* find_spec(std::string_view table, std::string_view key) {
  const auto rows = pipeline_format();
  const auto row = std::ranges::find_if(
      rows, [table, key](const KeySpec& spec) { return spec.table == table && (spec.key == key || spec.key == "*"); });
  return row == rows.end() ? nullptr : &*row;
}

std::string allowed_values(const KeySpec& spec) {
  switch (spec.kind) {
    case Kind::table: return spec.key == "*" || spec.form == nullptr ? "a table" : std::string{spec.form->words};
    case Kind::boolean: return "true or false";
    case Kind::integer:
      return spec.choices.empty() ? "an integer" + range_in_words(spec.range) : choices_in_words(spec);
    case Kind::number: return "a number" + range_in_words(spec.range);
    case Kind::text: return text_in_words(spec);
    case Kind::prose: return "a text";
    case Kind::texts: return texts_in_words(spec);
    case Kind::text_or_texts: return fmt::format("{}, or {}", text_in_words(spec), texts_in_words(spec));
    case Kind::words: return "an array of one or more texts, a program and its arguments";
    case Kind::duration: return durations_in_words(spec.range);
    case Kind::age: return durations_in_words(spec.range) + ", or \"never\"";
  }
  return "";
}

}  // namespace toksync::pipeline
