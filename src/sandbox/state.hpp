// Everything the sandbox remembers, and the request a handler sees. One lock (Sandbox) guards it all:
// handlers are short and run one at a time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sandbox/billing.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/jobs.hpp"
#include "sandbox/options.hpp"
#include "sandbox/rate_limit.hpp"
#include "sandbox/world.hpp"

namespace toksync::sandbox {

/// One line of GET /sandbox/requests; status 0 when no answer was given.
struct LoggedRequest {
  std::string method;
  std::string path;
  std::string query;
  std::string request_id;
  nlohmann::json body;
  std::string fault;
  int status = 0;
  WallTime at;
};

/// A creator in a ranking.
struct Ranked {
  std::size_t creator = 0;
  int score = 0;
};

struct Ranking {
  std::vector<Ranked> creators;
  std::string mode;  ///< the mode used, when auto was asked for
};

/// What a discovery search found, for later requests to refer to.
struct ResultSet {
  std::vector<std::size_t> creators;
  std::vector<std::string> keywords;
};

struct State {
  explicit State(const Options& options);

  World world;
  Account account;
  RateLimiter limiter;
  FaultBook faults;
  AnalysisBook analyses;
  std::map<std::size_t, Timing> enrichments;
  std::map<std::string, DiscoveryJob> discovery;
  std::map<std::string, PartnerJob> partner_jobs;
  std::map<std::string, ResultSet> result_sets;
  std::map<std::string, Ranking> rankings;                   ///< by criteria: pages of one search share it
  std::map<std::string, std::vector<std::size_t>> searches;  ///< likewise
  std::map<std::string, nlohmann::json> campaigns;
  std::map<std::string, nlohmann::json> lists;
  std::map<std::string, std::set<std::string>> list_members;
  std::map<std::string, std::int64_t> added_again;  ///< by list: creators who were in it when they were added
  std::deque<LoggedRequest> log;
  std::uint64_t next_number = 0;  ///< of jobs, requests and traces

  /// Forgets everything but the creators.
  void reset(const Options& options);
  /// A UUID never given before.
  [[nodiscard]] std::string new_id();
  /// When a job started now ends: `factor` times the latency, 0.5 to 1.5 times by its id.
  [[nodiscard]] Timing timing_of(const Options& options, WallTime now, const std::string& id, double factor,
                                 Outcome outcome) const;
  /// Books the refunds of the jobs that have ended.
  void settle_finished(WallTime now);
};

/// A valid, authenticated request.
struct Call {
  State& state;
  const Options& options;
  WallTime now;
  std::string method;
  std::string path;
  std::string id;       ///< the {id} of the path
  nlohmann::json body;  ///< of a GET: its query
  bool workspace = false;

  [[nodiscard]] std::string text(const char* name, const std::string& otherwise) const {
    return body.value(name, otherwise);
  }
  [[nodiscard]] std::int64_t integer(const char* name, std::int64_t otherwise) const {
    return body.value(name, otherwise);
  }
  [[nodiscard]] std::vector<std::string> texts(const char* name) const {
    return body.value(name, std::vector<std::string>{});
  }
  [[nodiscard]] bool full() const { return text("detail_level", "summary") == "full"; }
  /// How a job that this request starts will end.
  [[nodiscard]] Outcome job_outcome() const { return state.faults.outcome_of_job(method, path); }
};

}  // namespace toksync::sandbox
