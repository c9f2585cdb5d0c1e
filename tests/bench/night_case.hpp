// The worlds of bench_night: how many creators there are, who is chosen where, how long each page and each job
// takes. All of it is fixed before a night begins, whatever the engine does in which order, so that the least
// time can be computed from the same numbers that FakeToksta answers by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fake_toksta.hpp"
#include "pipeline/pipeline.hpp"
#include "request_kind.hpp"

namespace toksync::bench {

using engine::test::FakeToksta;

enum class Shape {
  streaming,  ///< one keyword set without any ranking: creators may go on one by one
  ranking,    ///< one keyword set with a `top` at each stage: each waits for the whole of the one before
  sets,       ///< three keyword sets without ranking that share the window and some of their creators
  leaders,    ///< as streaming, and thought leaders at the end
};
[[nodiscard]] std::string_view to_string(Shape shape);

/// What a job takes, uniform between the two.
struct JobTimes {
  std::string name;
  Milliseconds least, most;
};

struct NightCase {
  Shape shape{};
  int creators = 0;
  int requests_per_minute = 0;
  JobTimes job_times;
  bool windows_follow_clock = false;
  bool holds = true;  ///< the server knows wait_seconds
  int max_in_flight = 16;
};

inline constexpr int kPageSize = 100;
inline constexpr int kBatchSize = 50;
/// What a request takes at least, on top of what it is held; that of a search is page_latency().
[[nodiscard]] Milliseconds least_latency(RequestKind kind);

/// One keyword set and who goes through it, by number; `found` in the order of the search.
struct SetWork {
  std::string name;
  std::vector<int> found, enriched, content, audience;
  int leader_jobs = 0;
};

class World {
 public:
  explicit World(const NightCase& night);

  [[nodiscard]] const NightCase& night() const { return night_; }
  [[nodiscard]] const std::vector<SetWork>& sets() const { return sets_; }
  /// By the family's name as FakeToksta has it; creator 0 for thought leaders.
  [[nodiscard]] Milliseconds job_time(std::string_view family, int creator) const;
  [[nodiscard]] static Milliseconds page_latency(std::string_view keyword_set, int offset);

  [[nodiscard]] pipeline::Pipeline pipeline() const;
  /// Makes the API behave like this world, which must outlive it.
  void prepare(FakeToksta& api) const;

 private:
  NightCase night_;
  std::vector<SetWork> sets_;
};

}  // namespace toksync::bench
