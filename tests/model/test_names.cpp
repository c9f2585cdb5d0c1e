// Every enum that is written into the database, a pipeline file or a request has one spelling, and it
// is read back as the same value.
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "model/credits.hpp"
#include "model/enum_names.hpp"
#include "model/job_status.hpp"
#include "model/stage_config.hpp"
#include "model/stage_name.hpp"

namespace toksync {
namespace {

/// The spellings in the order of the enum, as the interface and the contract write them.
template <typename Enum>
void check_spellings(const std::vector<std::string_view>& spellings, std::optional<Enum> (*read)(std::string_view)) {
  for (std::size_t i = 0; i < spellings.size(); ++i) {
    const auto value = static_cast<Enum>(i);
    CAPTURE(spellings[i]);
    CHECK(to_string(value) == spellings[i]);
    CHECK(read(spellings[i]) == value);
  }
  CHECK_THROWS_AS(static_cast<void>(to_string(static_cast<Enum>(spellings.size()))), std::logic_error);
  for (const auto text : {"", "nonsense", "ENRICH", " rank"}) CHECK_FALSE(read(text).has_value());
}

TEST_CASE("job states are spelled as the jobs table has them") {
  check_spellings<JobStatus>(
      {"intent", "sent", "queued", "running", "succeeded", "failed", "canceled", "expired", "ambiguous"},
      job_status_from_string);
}

TEST_CASE("only four job states are final") {
  for (const auto status : {JobStatus::succeeded, JobStatus::failed, JobStatus::canceled, JobStatus::expired}) {
    CHECK(is_final(status));
  }
  for (const auto status :
       {JobStatus::intent, JobStatus::sent, JobStatus::queued, JobStatus::running, JobStatus::ambiguous}) {
    CHECK_FALSE(is_final(status));
  }
}

TEST_CASE("stages are spelled as their tables in the pipeline file") {
  check_spellings<StageName>({"search", "enrich", "content_match", "audience_match", "thought_leaders"},
                             stage_from_string);
  CHECK(std::set<StageName>(kAllStages.begin(), kAllStages.end()).size() == 5);
}

TEST_CASE("settings are spelled as the pipeline file has them") {
  check_spellings<Platform>({"linkedin", "youtube"}, platform_from_string);
  check_spellings<SearchKind>({"discovery", "database"}, search_kind_from_string);
  check_spellings<AnalysisDepth>({"quick_scan", "deep_dive", "comprehensive"}, analysis_depth_from_string);
  check_spellings<OrderBy>({"rank", "score", "followers", "engagement_rate", "content_score", "audience_score"},
                           order_by_from_string);
  check_spellings<Measure>(
      {"followers", "engagement_rate", "posts_per_month", "reactions_per_post", "content_score", "audience_score"},
      measure_from_string);
}

TEST_CASE("every price has a spelling of its own") {
  std::set<std::string_view> spellings;
  for (std::size_t i = 0; i < kPriceItems; ++i) {
    const auto item = static_cast<PriceItem>(i);
    spellings.insert(to_string(item));
    CHECK(price_item_from_string(to_string(item)) == item);
  }
  CHECK(spellings.size() == kPriceItems);
  CHECK_FALSE(price_item_from_string("nonsense").has_value());
}

}  // namespace
}  // namespace toksync
