// What was started: enrichments, content and audience analyses, thought-leader jobs. A job's state is a
// function of the time, so nothing has to run in the background.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "sandbox/billing.hpp"

namespace toksync::sandbox {

/// The share of its time that a job spends in the queue.
inline constexpr double queued_share = 0.1;

/// How a job will end; decided when it starts, by the job faults.
enum class Outcome { succeed, fail, missing, stuck };

/// The times every kind of job has.
struct Timing {
  WallTime started;
  WallTime done;
  Outcome outcome = Outcome::succeed;

  [[nodiscard]] bool finished(WallTime now) const { return outcome != Outcome::stuck && now >= done; }
  [[nodiscard]] bool succeeded(WallTime now) const { return finished(now) && outcome == Outcome::succeed; }
  /// How far it is, 0 to 1.
  [[nodiscard]] double fraction(WallTime now) const;
};

enum class AnalysisKind { content, audience };

/// One paid content or audience analysis of one creator.
struct Analysis {
  std::string id;  ///< without prefix
  AnalysisKind kind = AnalysisKind::content;
  std::size_t creator = 0;
  std::vector<std::string> criteria;
  int posts = 10;     ///< content only
  std::string depth;  ///< audience only
  std::string work;   ///< identity on the bill
  Timing timing;
  std::string campaign_id{};  ///< whose criteria it uses; empty: none
};

/// All analyses, found by id, by creator and by work.
class AnalysisBook {
 public:
  const Analysis& add(Analysis analysis);
  /// `id` with or without the family's prefix; a missing outcome is never found.
  [[nodiscard]] const Analysis* find(AnalysisKind kind, const std::string& id) const;
  /// Of a campaign, when one is named.
  [[nodiscard]] const Analysis* latest_of(AnalysisKind kind, std::size_t creator, const std::string& campaign_id) const;
  [[nodiscard]] const Analysis* latest_of_work(const std::string& work) const;
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  void clear();

 private:
  std::deque<Analysis> all_;  // a deque, since references to its elements are handed out
  std::map<std::string, std::size_t> by_id_;
  /// By campaign, too; an empty one stands for all.
  std::map<std::tuple<AnalysisKind, std::size_t, std::string>, std::size_t> by_creator_;
  std::map<std::string, std::size_t> by_work_;
};

/// A thought-leaders job. Its rows are known from the start and shown as the time passes.
struct DiscoveryJob {
  std::string id;
  Timing timing;
  Purchase reserved;
  std::int64_t price_per_creator = 0;
  std::int64_t requested = 0;  ///< `count` of the request
  std::vector<nlohmann::json> rows;
  std::vector<bool> approved;  ///< of each candidate, in the order they are analyzed
  bool tells_analyzed = true;  ///< carries analyzed_creators; some jobs only have progress
  bool settled = false;
  std::optional<WallTime> canceled;

  [[nodiscard]] bool terminal(WallTime now) const { return canceled || timing.finished(now); }
  [[nodiscard]] std::size_t analyzed(WallTime now) const;
};

/// A job of the partner API: what one request started, whatever it is made of here.
struct PartnerJob {
  enum class Kind { enrichment, content, audience };
  Kind kind = Kind::enrichment;
  std::vector<std::size_t> creators;
  std::vector<std::string> analyses;  ///< one for each creator; none of enrichments
  WallTime started;
};

/// The prefix of a family's job ids, with the colon.
[[nodiscard]] std::string prefix_of(AnalysisKind kind);

}  // namespace toksync::sandbox
