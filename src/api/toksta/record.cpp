#include "api/toksta/record.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

namespace toksync::api::toksta {
namespace {

constexpr std::size_t kFew = 16;

struct Spelling {
  std::string_view text;
  JobStatus status;
};
constexpr std::array<Spelling, 20> kSpellings{
    {{"queued", JobStatus::queued},       {"pending", JobStatus::queued},      {"created", JobStatus::queued},
     {"waiting", JobStatus::queued},      {"scheduled", JobStatus::queued},    {"running", JobStatus::running},
     {"processing", JobStatus::running},  {"in_progress", JobStatus::running}, {"started", JobStatus::running},
     {"active", JobStatus::running},      {"succeeded", JobStatus::succeeded}, {"success", JobStatus::succeeded},
     {"completed", JobStatus::succeeded}, {"complete", JobStatus::succeeded},  {"failed", JobStatus::failed},
     {"failure", JobStatus::failed},      {"error", JobStatus::failed},        {"canceled", JobStatus::canceled},
     {"cancelled", JobStatus::canceled},  {"expired", JobStatus::expired}}};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

OptionalText id_of(const JsonValue& record, const Names& id_names) { return first_known(record, id_names).text(); }

/// The first record of each id.
class RecordsById {
 public:
  RecordsById(const std::vector<JsonValue>& records, const Names& id_names) : id_names_(id_names) {
    for (const auto& record : records) {
      if (auto id = id_of(record, id_names_)) records_.emplace(std::move(*id), record);
    }
  }

  /// The one with the id of the other; absent when there is none.
  [[nodiscard]] JsonValue like(const JsonValue& other) const {
    const auto id = id_of(other, id_names_);
    const auto found = id ? records_.find(*id) : records_.end();
    return found == records_.end() ? JsonValue{} : found->second;
  }

 private:
  Names id_names_;
  std::map<std::string, JsonValue> records_;
};

}  // namespace

JsonValue first_known(const JsonValue& object, const Names& names) {
  for (const auto name : names) {
    if (const auto member = object[name]; member.is_known()) return member;
  }
  return {};
}

JsonValue Record::operator()(const Names& names) const {
  // Name by name and not version by version: raw_json makes one of the two, and has to read the same.
  for (const auto name : names) {
    if (const auto member = detailed_[name]; member.is_known()) return member;
    if (const auto member = summary_[name]; member.is_known()) return member;
  }
  return {};
}

bool Record::mentions(std::string_view name) const {
  return !detailed_[name].is_absent() || !summary_[name].is_absent();
}

std::string Record::raw_json() const {
  if (!summary_.is_object()) return std::string(detailed_.raw());
  JsonObjectWriter writer;
  for (const auto& [name, value] : detailed_.members()) {
    const auto known = value.is_known() ? value : (*this)({name});
    writer.add(name, known.is_known() ? known.raw() : value.raw());
  }
  for (const auto& [name, value] : summary_.members()) {
    if (detailed_[name].is_absent()) writer.add(name, value.raw());
  }
  return writer.finish();
}

std::vector<Record> paired_records(const JsonValue& data, const Names& id_names) {
  const auto detailed = data["results"].items();
  const auto summaries = data["results_summary"].items();
  const RecordsById details_by_id(detailed, id_names);
  const RecordsById summaries_by_id(summaries, id_names);
  std::vector<Record> records;
  for (const auto& record : detailed) {
    if (record.is_object()) records.emplace_back(record, summaries_by_id.like(record));
  }
  for (const auto& summary : summaries) {
    if (summary.is_object() && details_by_id.like(summary).is_absent()) records.emplace_back(summary);
  }
  return records;
}

std::vector<std::string> distinct_texts(const JsonValue& value) {
  std::vector<std::string> texts;
  const auto items = value.is_text() ? std::vector<JsonValue>{value} : value.items();
  // A few are compared with each other; of many, comparing would take forever.
  const bool are_many = items.size() > kFew;
  std::set<std::string> seen;
  for (const auto& item : items) {
    auto text = item.text();
    if (!text) continue;
    const bool is_new = are_many ? seen.insert(*text).second : std::ranges::find(texts, *text) == texts.end();
    if (is_new) texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<JobStatus> parse_status(std::string_view spelling) {
  const auto lower = lower_case(spelling);
  const auto found = std::find_if(kSpellings.begin(), kSpellings.end(),
                                  [&lower](const Spelling& known) { return known.text == lower; });
  if (found == kSpellings.end()) return std::nullopt;
  return found->status;
}

std::optional<JobStatus> status_of(const Record& record) {
  for (const auto name : {"status", "source_status"}) {
    const auto spelling = record.text({name});
    if (!spelling) continue;
    if (const auto status = parse_status(*spelling)) return status;
  }
  return std::nullopt;
}

OptionalText error_message_of(const Record& record) {
  if (auto message = record.text({"error_message", "failure_reason"})) return message;
  const auto error = record({"error"});
  return error.is_object() ? first_known(error, {"message", "reason"}).text() : error.text();
}

OptionalText error_code_of(const Record& record) {
  if (auto code = record.text({"error_code", "failure_code"})) return code;
  return record({"error"})["code"].text();
}

}  // namespace toksync::api::toksta
