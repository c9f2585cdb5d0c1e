// A start's answer in the words of v1: one job for each creator, where the partner API has one for all of them.
#include <algorithm>
#include <set>

#include "api/toksta/record.hpp"
#include "api/toksta_partner/decode.hpp"
#include "api/toksta_partner/work_ids.hpp"

namespace toksync::api::toksta_partner {
namespace {

using toksta::Content;
using toksta::Decoded;
using toksta::Names;
using toksta::Record;
using toksta::unusable;

constexpr Names kJobIdNames{"job_id", "id"};
// How an answer lists creators that it does not take is an assumption: the two lists of v1, and the likely others.
constexpr Names kRefusals{"failures",       "missing_linkedin_profiles",
                          "not_found_ids",  "missing_creator_ids",
                          "unresolved_ids", "not_found",
                          "skipped",        "errors"};

std::vector<std::string> job_ids(const JsonValue& data) {
  const auto job = data["job"];
  for (const auto& id : {data["job_id"].text(), job.text(), Record(job).text(kJobIdNames), data["id"].text()}) {
    if (id && !id->empty()) return {*id};
  }
  auto ids = toksta::distinct_texts(data["job_ids"]);
  for (const auto& item : data["jobs"].items()) {
    auto id = Record(item).text(kJobIdNames);
    if (id && !id->empty() && std::ranges::find(ids, *id) == ids.end()) ids.push_back(std::move(*id));
  }
  return ids;
}

OptionalText creator_of(const JsonValue& refusal) {
  return refusal.is_object() ? Record(refusal).text({"creator_id", "id"}) : refusal.text();
}

/// v1's words for an answer.
class StartInWordsOfV1 {
 public:
  explicit StartInWordsOfV1(const JsonValue& data) {
    for (const auto name : kRefusals) add_refusals(data[name], name);
    if (const auto credits = data["credits"]; !credits.is_absent()) document_.add("credits", credits.raw());
    is_cached_ = data["cached"].boolean().value_or(false);
  }

  std::string of_job(std::string_view job_id, const std::vector<std::string>& creator_ids) {
    std::string jobs;
    for (const auto& creator : creator_ids) {
      if (refused_.contains(creator)) continue;
      JsonObjectWriter job;
      job.add("job_id", quoted_json(join({job_id, creator})));
      job.add("creator_id", quoted_json(creator));
      if (is_cached_) job.add("cached", "true");
      jobs.append(jobs.empty() ? "" : ",").append(job.finish());
    }
    document_.add("jobs", "[" + jobs + "]");
    return finish();
  }

  std::string of_no_job(const std::vector<std::string>& creator_ids) {
    for (const auto& creator : creator_ids) {
      if (!refused_.contains(creator))
        refuse(quoted_json(creator), "NO_JOB", "the API started no job for this creator");
    }
    return finish();
  }

 private:
  void add_refusals(const JsonValue& list, std::string_view name) {
    for (const auto& item : list.items()) {
      const auto creator = creator_of(item);
      if (!creator || !refused_.insert(*creator).second) continue;
      if (item.is_object() && name != "missing_linkedin_profiles") {
        refusals_.append(refusals_.empty() ? "" : ",").append(item.raw());
      } else {
        const bool no_profile = name == "missing_linkedin_profiles";
        refuse(quoted_json(*creator), no_profile ? "MISSING_LINKEDIN_PROFILE" : "NOT_FOUND", "");
      }
    }
  }

  void refuse(std::string_view creator, std::string_view code, std::string_view message) {
    JsonObjectWriter refusal;
    refusal.add("creator_id", creator);
    refusal.add("code", quoted_json(code));
    refusal.add("message", quoted_json(message));
    refusals_.append(refusals_.empty() ? "" : ",").append(refusal.finish());
  }

  std::string finish() {
    document_.add("failures", "[" + refusals_ + "]");
    return document_.finish();
  }

  JsonObjectWriter document_;
  std::set<std::string> refused_;
  std::string refusals_;
  bool is_cached_ = false;
};

// Without an id there is nothing to read; free is what says so itself.
bool says_that_nothing_began(const JsonValue& data) {
  return data["jobs_created"].count() == 0 || data["all_complete"].boolean() == true;
}

}  // namespace

Decoded decode_start(const std::vector<std::string>& creator_ids, const Content& content) {
  if (!content.data.is_object()) return unusable("the answer holds no data");
  const auto ids = job_ids(content.data);
  if (ids.size() > 1) return unusable("the answer names several jobs, where one is promised");
  if (ids.empty() && !says_that_nothing_began(content.data)) return unusable("the answer names no job");
  // `jobs_created` would be one, whatever is charged; so v1's decoder does not get to see it.
  StartInWordsOfV1 words(content.data);
  const auto document =
      JsonDocument::parse(ids.empty() ? words.of_no_job(creator_ids) : words.of_job(ids.front(), creator_ids));
  if (!document) return unusable(document.error().cause);
  return toksta::decode_start({"", creator_ids}, {document->root(), {}});
}

}  // namespace toksync::api::toksta_partner
