// Looking at one record of an answer: by several names for the same thing, and in the trimmed and the
// full version at once. Used by the decoders of toksta.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.hpp"
#include "model/job_status.hpp"

namespace toksync::api::toksta {

/// Up to eight names of the same thing, the usual one first.
class Names {
 public:
  constexpr Names(std::initializer_list<std::string_view> names) {
    for (const auto name : names) names_.at(count_++) = name;
  }
  [[nodiscard]] constexpr const std::string_view* begin() const { return names_.data(); }
  [[nodiscard]] constexpr const std::string_view* end() const { return names_.data() + count_; }

 private:
  std::array<std::string_view, 8> names_{};
  std::size_t count_ = 0;
};

/// The first member that is known (present and not null) under one of these names.
[[nodiscard]] JsonValue first_known(const JsonValue& object, const Names& names);

/// A record that may come in two versions, with details and as a summary; the detailed one goes first.
class Record {
 public:
  explicit Record(JsonValue detailed, JsonValue summary = {}) : detailed_(detailed), summary_(summary) {}

  /// The known member under the first of these names that has one.
  [[nodiscard]] JsonValue operator()(const Names& names) const;
  [[nodiscard]] OptionalText text(const Names& names) const { return (*this)(names).text(); }
  [[nodiscard]] OptionalNumber number(const Names& names) const { return (*this)(names).number(); }
  [[nodiscard]] OptionalCount count(const Names& names) const { return (*this)(names).count(); }

  /// A member of that name exists, even if it is null.
  [[nodiscard]] bool mentions(std::string_view name) const;

  /// One object: the detailed version as it came, and what only the summary knows.
  [[nodiscard]] std::string raw_json() const;

 private:
  JsonValue detailed_;
  JsonValue summary_;
};

/// The records of an answer's `results` (detailed) and `results_summary`, paired by the first of these
/// members that a record has, in the order of the answer. Records without any of them stand alone.
[[nodiscard]] std::vector<Record> paired_records(const JsonValue& data, const Names& id_names);

/// The strings of an array, each once; a lone string counts as an array of one.
[[nodiscard]] std::vector<std::string> distinct_texts(const JsonValue& value);

/// What `status`, or else `source_status`, says; nothing when neither says anything that is known
/// (contracts/toksta.md, "Families of jobs").
[[nodiscard]] std::optional<JobStatus> status_of(const Record& record);

/// The state that a spelling of the API stands for.
[[nodiscard]] std::optional<JobStatus> parse_status(std::string_view spelling);

/// `error_message`, or what stands in `error` and its like.
[[nodiscard]] OptionalText error_message_of(const Record& record);
[[nodiscard]] OptionalText error_code_of(const Record& record);

}  // namespace toksync::api::toksta
