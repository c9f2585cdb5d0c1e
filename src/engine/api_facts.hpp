// What is known of an API's ways: how many ids it takes in one request, and how long its jobs take. Loads what runs of
// this database learned in the last 30 days, and records what this one learns. Used by Chooser, Buyer, Collector and
// Settler.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/env.hpp"
#include "engine/id_limit.hpp"
#include "engine/poll_plan.hpp"
#include "store/store.hpp"

namespace toksync::engine {

class ApiFacts {
 public:
  ApiFacts(store::Store& store, std::string base_url, const Env& env);

  /// The most that the API takes in one request, where anything is known.
  [[nodiscard]] std::optional<std::size_t> ids_per_start(StageName family) const {
    return most(store::Fact::ids_per_start, family);
  }
  [[nodiscard]] std::optional<std::size_t> ids_per_read(StageName family) const {
    return most(store::Fact::ids_per_read, family);
  }
  /// A request was refused for its number of ids. What the refusal told is recorded at once; what is supposed holds
  /// for this run, until so many passed. `path`: of the request, for the log.
  void limit(store::Fact fact, StageName family, IdLimit limit, std::string_view path);
  /// A request with so many ids was answered.
  void passed(store::Fact fact, StageName family, std::size_t ids, std::string_view path);

  [[nodiscard]] std::optional<JobTimes> job_times(StageName family) const;
  /// Records what a run saw, at its end.
  void remember_job_times(StageName family, const JobTimes& times);

 private:
  struct Limit {
    std::size_t most = 0;
    bool is_recorded = false;
  };
  [[nodiscard]] std::optional<std::size_t> most(store::Fact fact, StageName family) const;
  void record(store::Fact fact, StageName family, Limit& limit, std::string_view path);

  store::Store& store_;
  std::string base_url_;
  const Env& env_;
  std::map<std::pair<store::Fact, StageName>, Limit> limits_;
  std::map<StageName, JobTimes> job_times_;
};

}  // namespace toksync::engine
