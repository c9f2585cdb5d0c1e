// What the answer to a poll means for the jobs that were asked about: which are settled, with which result and charge,
// and which are open. Decides, and stores nothing. Used by Collector.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/context.hpp"

namespace toksync::engine {

/// The part after "content-fit:", or the whole id: answers may use either form.
[[nodiscard]] std::string_view bare(std::string_view id);

/// Everything one poll's answer means, gathered before any of it is stored. To be called with the answer's payload,
/// which has to live as long as this.
class PollReading {
 public:
  PollReading(const Context& context, const std::vector<PaidJob>& jobs, const std::vector<std::string>& ids);

  void operator()(const EnrichmentResults& results);
  void operator()(const ContentMatchResults& results);
  void operator()(const AudienceMatchResults& results);
  void operator()(const ThoughtLeadersResults& results);
  template <typename Other>
  void operator()(const Other& /*no answer to a poll*/) {}

  /// What no record spoke of is still open.
  void finish();

  store::PollCommit commit;
  std::vector<std::pair<const PaidJob*, store::JobUpdate>> settled;
  std::vector<PaidJob> open;

 private:
  const PaidJob* take(std::string_view id);
  template <typename Results, typename Rows, typename HasDetails>
  void read_analyses(const Results& results, Rows& rows, const HasDetails& has_details);
  /// Nothing is pending, and there is no record: the API has nothing more to bring.
  void end_without_result();
  /// Unknown to the API: perhaps not yet, soon for good.
  void missing(const PaidJob& job);
  void fail(const PaidJob& job, JobStatus status, std::string message);
  void settle(const PaidJob& job, store::JobUpdate update);

  const Context& context_;
  std::map<std::string_view, const PaidJob*, std::less<>> by_id_;
};

}  // namespace toksync::engine
