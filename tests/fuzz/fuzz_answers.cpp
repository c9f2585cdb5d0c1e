// The provider's decoding of whatever a server may send, and what the engine makes of a start. The input reads
// as an HTTP answer under a line that names the call:
//
//   StartEnrichment 202
//   x-request-id: req_1
//
//   {"success":true, ...}
//
// Status 0 is a request without an answer; it reached the server unless a header "not-sent" says otherwise.
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <set>

#include "api/json.hpp"
#include "api/provider.hpp"
#include "engine/answers.hpp"
#include "fuzz/message.hpp"
#include "fuzz/property.hpp"
#include "fuzz/strict_json.hpp"

namespace toksync::fuzz {
namespace {

const std::string kKey = "tk_test_" + std::string(48, '0');
constexpr WallTime kNow{Milliseconds{1'780'272'000'000}};  // 2026-06-01T00:00:00Z
constexpr std::size_t kLongestText = 1000;
constexpr Credits kUnitPrice = 3;

struct NamedCall {
  std::string_view name;
  Call call;
};

const std::array<NamedCall, 18>& calls() {
  static const std::vector<std::string> creators{"c1", "c2", "c3"};
  static const std::vector<std::string> content_jobs{"content-fit:1", "content-fit:2"};
  static const std::vector<std::string> audience_jobs{"audience-fit:1"};
  static const std::array<NamedCall, 18> all{{{"DiscoverySearch", DiscoverySearch{.keywords = {"x"}}},
                                              {"DatabaseSearch", DatabaseSearch{}},
                                              {"StartEnrichment", StartEnrichment{creators}},
                                              {"StartContentMatch", StartContentMatch{creators, {"x"}, 10}},
                                              {"StartAudienceMatch", StartAudienceMatch{creators, {"CMO"}}},
                                              {"StartThoughtLeaders", StartThoughtLeaders{}},
                                              {"ReadEnrichments", ReadEnrichments{creators}},
                                              {"ReadContentMatches", ReadContentMatches{content_jobs}},
                                              {"ReadContentPosts", ReadContentPosts{content_jobs}},
                                              {"ReadAudienceMatches", ReadAudienceMatches{audience_jobs}},
                                              {"ReadAudienceDetails", ReadAudienceDetails{audience_jobs}},
                                              {"ReadThoughtLeaders", ReadThoughtLeaders{{"j1", "j2"}}},
                                              {"ReadUsage", ReadUsage{"2026-05"}},
                                              {"FindContentMatches", ReadContentMatches{{}, Seconds{0}, creators}},
                                              {"FindAudienceMatches", ReadAudienceMatches{{}, Seconds{0}, creators}},
                                              {"CancelThoughtLeaders", CancelThoughtLeaders{"j1"}},
                                              {"ReadHitPosts", ReadHitPosts{{"c1", "c2"}, {"x"}, 3}},
                                              {"ReadCreator", ReadCreator{"c1"}}}};
  return all;
}

const Call& call_of(std::string_view name) {
  const auto named = std::ranges::find(calls(), name, &NamedCall::name);
  if (named != calls().end()) return named->call;
  const auto sum = std::accumulate(name.begin(), name.end(), std::size_t{0},
                                   [](std::size_t total, char c) { return total + static_cast<unsigned char>(c); });
  return calls()[sum % calls().size()].call;
}

/// Fit for one line of a log or a terminal: bounded, readable, without the key.
void require_presentable(const std::string& text) {
  require(text.size() <= kLongestText, "what is shown of an answer is bounded");
  require(api::valid_utf8(text) == text, "what is shown of an answer is UTF-8");
  require(std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
          "what is shown of an answer is one line without control characters");
  require(text.find(kKey) == std::string::npos && !looks_like_api_key(text), "what is shown of an answer has no key");
}

void require_json(const std::string& text) {
  require(may_hold_huge_number(text) || !strictly(text).is_discarded(), "a raw record is JSON");
}

void require_credits(const std::optional<Credits>& credits) {
  require(!credits || (*credits >= 0 && *credits <= 1'000'000'000'000), "a charge is neither negative nor absurd");
}

/// What a start's answer means for the ledger: nothing appears, nothing vanishes, no job goes without an id.
void check_outcomes(const StartedJobs& started, StageName family, const std::vector<std::string>& creators,
                    std::optional<Credits> header) {
  const auto outcomes = engine::outcomes_of(started, creators, family, kUnitPrice, header);
  require(outcomes.size() == creators.size(), "there is one outcome for each creator");
  Credits charged = 0;
  std::set<std::string> ids;
  for (const auto& outcome : outcomes) {
    require(outcome.charge.has_value(), "every outcome has its charge");
    require(outcome.charge->credits >= 0, "no outcome's charge is negative");
    charged += outcome.charge->credits;
    if (outcome.kind != engine::StartOutcome::Kind::started) continue;
    require(!outcome.external_id.empty(), "a paid job has an id to ask for it");
    require(ids.insert(outcome.external_id).second, "no two creators share a job");
  }
  if (const auto told = started.charged ? started.charged : header) {
    require(charged == *told, "the outcomes' charges are what the answer says was charged");
  }
}

struct CheckPayload {
  const Call& call;
  std::optional<Credits> header_cost;

  void operator()(const SearchPage& page) const {
    require_json(page.meta_json);
    for (const auto& found : page.creators) {
      require(!found.creator.creator_id.empty(), "a creator has an id");
      require_json(found.creator.raw_json);
    }
    require(!page.next_cursor || !page.next_cursor->empty(), "a cursor is not empty");
  }

  void operator()(const StartedJobs& started) const {
    require_credits(started.charged);
    require(!started.jobs_created || *started.jobs_created >= 0, "no fewer than none were created");
    for (const auto& job : started.jobs) require(!job.external_id.empty(), "a job has an id");
    for (const auto& refused : started.refused) require(!refused.creator_id.empty(), "a refusal names a creator");
    require(!started.jobs.empty() || started.jobs_created.value_or(0) == 0, "what was created can be asked for");
    if (std::holds_alternative<StartEnrichment>(call)) {
      check_outcomes(started, StageName::enrich, std::get<StartEnrichment>(call).creator_ids, header_cost);
    } else if (std::holds_alternative<StartContentMatch>(call)) {
      check_outcomes(started, StageName::content_match, std::get<StartContentMatch>(call).creator_ids, header_cost);
    } else if (std::holds_alternative<StartAudienceMatch>(call)) {
      check_outcomes(started, StageName::audience_match, std::get<StartAudienceMatch>(call).creator_ids, header_cost);
    } else {
      require(std::holds_alternative<StartThoughtLeaders>(call), "only a start starts jobs");
      require(started.jobs.size() == 1, "a thought-leader start starts one job");
    }
  }

  void operator()(const EnrichmentResults& results) const {
    require(!results.pending || *results.pending >= 0, "no fewer than none are pending");
    for (const auto& record : results.records) {
      require(is_final(record.status), "an enrichment that is listed has ended");
      require_json(record.raw_json);
    }
  }

  void operator()(const ContentMatchResults& results) const { check_analyses(results); }
  void operator()(const AudienceMatchResults& results) const { check_analyses(results); }

  void operator()(const ContentPostsResults& results) const {
    for (const auto& record : results.records) {
      require_json(record.raw_json);
      for (const auto& post : record.posts) {
        require_json(post.raw_json);
        require_json(post.keyword_matches_json);
      }
    }
  }

  void operator()(const AudienceDetailsResults& results) const {
    for (const auto& record : results.records) require_json(record.raw_json);
  }

  void operator()(const ThoughtLeadersResults& results) const {
    require(!results.jobs.empty(), "an answer without a job is unreadable");
    for (const auto& job : results.jobs) {
      require(!job.job_id.empty(), "a job has an id");
      require_credits(job.analyzed_creators);
      require_json(job.raw_json);
      for (const auto& row : job.thought_leaders) require_json(row.raw_json);
    }
  }

  void operator()(const Usage& usage) const {
    require_credits(usage.total_credits_charged);
    require_json(usage.raw_json);
    for (const auto& [name, operation] : usage.operations) {
      require_credits(operation.credits_charged);
      require(operation.calls >= 0, "an operation was called no fewer than no times");
    }
  }

  void operator()(const HitPostsResults& results) const {
    for (const auto& record : results.records) {
      require(!record.creator_id.empty(), "what lies behind a hit names its creator");
      require_json(record.raw_json);
      require_json(record.matched_keywords_json);
      for (const auto& post : record.posts) require_json(post.keyword_matches_json);
    }
  }

  void operator()(const CreatorDetail& detail) const {
    require(!detail.creator.creator_id.empty(), "a creator has an id");
    require_json(detail.creator.raw_json);
  }

  void operator()(const CanceledJob& canceled) const { require_presentable(canceled.reason); }
  void operator()(const CreatorListPage& page) const {
    for (const auto& list : page.lists) require(!list.id.empty(), "a list has an id");
  }
  void operator()(const CreatorList& list) const { require(!list.id.empty(), "a list has an id"); }
  void operator()(const SavedToList& /*saved*/) const {}
  void operator()(const MirrorPage& /*page*/) const { require(false, "a call of a stage brings no page of a list"); }

  static void check_analyses(const auto& results) {
    for (const auto& record : results.records) {
      require(!record.job_id.empty(), "a result belongs to a job");
      require_json(record.raw_json);
    }
  }
};

/// The payload that answers the call, by its place in the variant.
bool answers(const Payload& payload, const Call& call) {
  constexpr std::array<std::size_t, 19> kPayloadOfCall{0, 0, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  return payload.index() == kPayloadOfCall.at(call.index());
}

void check_failure(const Call& call, const api::Outcome& outcome, const Failure& failure) {
  require(!failure.code.empty(), "a failure has a code");
  require_presentable(failure.code);
  require_presentable(failure.message);
  require(is_billable(call) || !failure.may_be_charged, "a free read is never charged");
  if (!is_billable(call)) return;
  if (const auto* const lost = std::get_if<http::TransportFailure>(&outcome)) {
    require(failure.may_be_charged == lost->may_have_arrived, "what may have arrived may be charged");
    return;
  }
  const int status = std::get<http::Response>(outcome).status;
  constexpr std::array<int, 10> kRefusals{400, 401, 402, 403, 404, 405, 413, 429, 501, 503};
  require(failure.may_be_charged || std::ranges::count(kRefusals, status) > 0,
          "a billable call that was not refused may be charged");
  const bool may_be_sent_again = failure.kind == FailureKind::rate_limited || failure.kind == FailureKind::not_sent;
  require(!failure.may_be_charged || !may_be_sent_again, "what may be charged is not sent again");
}

void check_answer(const Call& call, const api::Outcome& outcome) {
  static const auto provider =
      std::move(*api::make_provider("toksta", {"http://127.0.0.1:9", Secret(kKey), Milliseconds{60'000}}));
  const auto answer = provider->decode(call, outcome, kNow);
  const auto* const response = std::get_if<http::Response>(&outcome);
  require(answer.http_status == (response == nullptr ? 0 : response->status), "the status is the answer's");
  require_presentable(answer.request_id);
  require_presentable(answer.trace_id);
  require_credits(answer.credit_cost);
  if (!answer.payload) return check_failure(call, outcome, answer.payload.error());
  require(response != nullptr && response->status / 100 == 2, "only a success has a payload");
  require(answers(*answer.payload, call), "the payload answers the call");
  std::visit(CheckPayload{call, answer.credit_cost}, *answer.payload);
}

}  // namespace
}  // namespace toksync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toksync;
  auto message = fuzz::read_message({reinterpret_cast<const char*>(data), size});
  const auto& call = fuzz::call_of(message.word);
  if (message.status != 0) {
    fuzz::check_answer(call, http::Response{message.status, std::move(message.headers), std::move(message.body)});
    return 0;
  }
  const bool arrived = message.headers.empty() || message.headers.front().first != "not-sent";
  fuzz::check_answer(call, http::TransportFailure{"CONNECTION_LOST", std::move(message.body), arrived});
  return 0;
}
