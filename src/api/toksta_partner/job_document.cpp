#include "api/toksta_partner/job_document.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "api/toksta/record.hpp"

namespace toksync::api::toksta_partner {
namespace {

using toksta::first_known;
using toksta::Names;

constexpr Names kStateNames{"status", "state", "job_status", "source_status"};
constexpr Names kJobIdNames{"job_id", "id"};
// Where results stand, the likeliest first; each may also hold the others: {"result": {"items": [...]}}.
constexpr Names kResultNames{"results", "result", "data", "items", "records", "creators", "thought_leaders", "output"};
constexpr Names kErrorNames{"errors", "failures", "failed_creators", "failed"};
constexpr int kDeepest = 3;

struct Spelling {
  std::string_view text;
  JobState state;
};
constexpr std::array<Spelling, 8> kPartialSpellings{{{"partial", JobState::partial},
                                                     {"partially_completed", JobState::partial},
                                                     {"partial_success", JobState::partial},
                                                     {"partially_succeeded", JobState::partial},
                                                     {"completed_with_errors", JobState::partial},
                                                     {"completed_partially", JobState::partial},
                                                     {"done", JobState::completed},
                                                     {"finished", JobState::completed}}};

std::string plain(std::string_view spelling) {
  std::string text(spelling);
  for (auto& c : text) {
    c = c == '-' || c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

// A list of results holds objects; what else is listed, such as the creators that were asked for, is none.
bool is_result_list(const JsonValue& value) {
  if (!value.is_array()) return false;
  const auto items = value.items();
  return items.empty() || std::ranges::any_of(items, &JsonValue::is_object);
}

JsonValue list_in(const JsonValue& object, int depth) {
  for (const auto name : kResultNames) {
    if (is_result_list(object[name])) return object[name];
  }
  if (depth >= kDeepest) return {};
  for (const auto name : kResultNames) {
    if (!object[name].is_object()) continue;
    if (const auto list = list_in(object[name], depth + 1); !list.is_absent()) return list;
  }
  return {};
}

// No list anywhere: the object is the result, or holds one for each creator.
JsonValue object_in(const JsonValue& object) {
  for (const auto name : {"results", "result", "data"}) {
    if (object[name].is_object()) return object[name];
  }
  return {};
}

JsonValue results_in(const JsonValue& job, const JsonValue& data) {
  for (const auto& place : {job, data}) {
    if (const auto list = list_in(place, 0); !list.is_absent()) return list;
  }
  for (const auto& place : {job, data}) {
    if (const auto object = object_in(place); !object.is_absent()) return object;
  }
  return {};
}

JsonValue errors_in(const JsonValue& job, const JsonValue& data) {
  for (const auto& place : {job, data}) {
    for (const auto name : kErrorNames) {
      if (place[name].is_array()) return place[name];
    }
  }
  return {};
}

bool names_nobody(const JsonValue& result) {
  return !result["creator_id"].is_known() && !result["creator"]["id"].is_known();
}

bool is_about(const JsonValue& result, std::string_view creator_id) {
  const auto is_it = [&](const JsonValue& id) { return id.text() == creator_id; };
  if (is_it(result["creator_id"]) || is_it(result["creator"]["id"])) return true;
  return names_nobody(result) && is_it(result["id"]);
}

JsonValue one_about(const JsonValue& list, std::string_view creator_id) {
  for (const auto& item : list.items()) {
    if (item.is_object() && is_about(item, creator_id)) return item;
  }
  return {};
}

}  // namespace

JobState parse_state(std::string_view spelling) {
  const auto text = plain(spelling);
  const auto* const known = std::ranges::find(kPartialSpellings, text, &Spelling::text);
  if (known != kPartialSpellings.end()) return known->state;
  switch (toksta::parse_status(text).value_or(JobStatus::running)) {
    case JobStatus::succeeded: return JobState::completed;
    case JobStatus::failed: return JobState::failed;
    case JobStatus::canceled: return JobState::canceled;
    case JobStatus::expired: return JobState::expired;
    default: return JobState::going_on;
  }
}

JsonValue JobDocument::result_of(std::string_view creator_id, bool is_only_one) const {
  if (results.is_object()) {
    if (results[creator_id].is_object()) return results[creator_id];
    return is_about(results, creator_id) || (is_only_one && names_nobody(results)) ? results : JsonValue{};
  }
  if (const auto result = one_about(results, creator_id); !result.is_absent()) return result;
  const auto items = results.items();
  const bool is_theirs = is_only_one && items.size() == 1 && items.front().is_object() && names_nobody(items.front());
  return is_theirs ? items.front() : JsonValue{};
}

JsonValue JobDocument::error_of(std::string_view creator_id) const { return one_about(errors, creator_id); }

std::optional<JobDocument> read_job_document(const JsonValue& data, std::string_view job_id) {
  const auto job = data["job"].is_object() ? data["job"] : data;
  const auto state = first_known(job, kStateNames).text();
  if (!state) return std::nullopt;
  bool is_named = false;
  bool is_it = false;
  for (const auto name : kJobIdNames) {
    const auto id = job[name].text();
    is_named = is_named || id.has_value();
    is_it = is_it || id == job_id;
  }
  if (is_named && !is_it) return std::nullopt;
  return JobDocument{job, parse_state(*state), results_in(job, data), errors_in(job, data)};
}

}  // namespace toksync::api::toksta_partner
