// A night's work on a real database in a temporary folder, told step by step by the tests of `store`.
#pragma once

#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "store/reports.hpp"
#include "store/store.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::store {

class Night {
 public:
  Night();

  [[nodiscard]] WallTime now() const { return clock.wall(); }
  /// The answer to a request, a second later, with a request id of its own.
  RequestLog answer();
  RunRow begin_run(const std::string& run_id, const std::string& pipeline = "nightly");
  StageKey stage(StageName stage, const std::string& criteria = "{}", const std::string& keyword_set = "saas");
  CriteriaKey criteria(StageName family, const std::string& json = "{}") { return store.ensure_criteria(family, json); }
  /// Creators "c<first>" to "c<first + count - 1>" as a search finds them.
  static std::vector<FoundCreator> found(int first, int count);
  static FoundCreator found_one(const std::string& creator_id);

  /// An intent that has just been sent, with a job of `each` credits for each creator.
  Intent send(StageName family, const std::vector<CreatorKey>& creators, Credits each,
              const std::string& criteria_json = "{}", const std::string& keyword_set = "saas");
  Intent intend(StageName family, const std::vector<CreatorKey>& creators, Credits each,
                const std::string& criteria_json = "{}", const std::string& keyword_set = "saas");
  /// One page; without `next` the walk is over.
  std::int64_t search(StageKey stage, const std::vector<FoundCreator>& creators, OptionalText next = {},
                      std::int64_t keep_at_most = 1000);
  /// Creators c1 … c<count>, found by a search of the keyword set "saas".
  std::vector<CreatorKey> find_creators(int count);
  void accept(const Intent& intent, const std::optional<Charge>& charge = {}, const std::string& id_prefix = "job-");
  void poll(const JobUpdate& update);
  void poll(JobKey job, const ContentMatchRecord& record);
  void poll(JobKey job, const AudienceMatchRecord& record);

  [[nodiscard]] CreatorKey creator(const std::string& creator_id);
  /// The first column of the first row as text; "NULL" for NULL, "" without a row.
  [[nodiscard]] std::string value(const std::string& sql);
  [[nodiscard]] std::int64_t count(const std::string& sql);
  /// reserved = charged + released + open for every job and in sum, and the jobs' sums are the ledger's.
  void check_ledger();

  test::TemporaryFolder folder;
  test::ManualClock clock;
  Store store;
  RunRow run;

 private:
  int answers_ = 0;
};

[[nodiscard]] ContentMatchRecord content_match(const std::string& analysis_id, double score);
[[nodiscard]] AudienceMatchRecord audience_match(const std::string& analysis_id, double score);

}  // namespace toksync::store
