// Nights whose matches take their criteria from a campaign of the account's workspace.
#include <doctest/doctest.h>

#include "night.hpp"

namespace toksync::engine {
namespace {

using test::Fault;
using test::Night;
using test::numbers;
using test::pipeline_of;
using test::set_with;
using test::to;
using Kind = Fault::Kind;

constexpr auto kSearch = StageName::search;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
const std::string kCampaign = "c1a2b3d4-e5f6-4789-9abc-0123456789ab";
const std::string kOther = "c1a2b3d4-e5f6-4789-9abc-0123456789ac";

struct CampaignNight : Night {
  CampaignNight() : Night(pipeline_of({set_with("saas", {kSearch, kContent, kAudience})})) {
    auto& set = pipeline.keyword_sets[0];
    set.audience.clear();
    set.content_match->campaign_id = set.audience_match->campaign_id = kCampaign;
    api.campaigns = {kCampaign, kOther};
    api.found_by["saas"] = numbers(1, 5);
  }
};

TEST_CASE("matches by campaign are bought once, and another campaign is other work") {
  CampaignNight night;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/content-match") == 5);
  CHECK(night.api.count("/v1/creators/audience-match") == 5);
  CHECK(night.ask("SELECT count(*) FROM content_matches WHERE campaign_id = '" + kCampaign + "'") == 5);
  CHECK(night.ask("SELECT count(*) FROM audience_matches WHERE campaign_id = '" + kCampaign + "'") == 5);
  CHECK(night.ask("SELECT count(*) FROM shortlist WHERE content_score IS NOT NULL") == 5);
  night.start_new_run = true;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/content-match") == 5);
  night.pipeline.keyword_sets[0].content_match->campaign_id = kOther;
  CHECK(night.play().exit_code() == 0);
  CHECK(night.api.count("/v1/creators/content-match") == 10);
  CHECK(night.api.count("/v1/creators/audience-match") == 5);
  night.check_books();
}

TEST_CASE("a lost match by campaign is found out about by the campaign that its record tells, or by the usage") {
  for (const bool told : {true, false}) {
    for (const auto kind : {Kind::lose_answer, Kind::lose_request}) {
      for (const auto* const path : {"/v1/creators/content-match", "/v1/creators/audience-match"}) {
        CAPTURE(told);
        CAPTURE(path);
        CampaignNight night;
        night.api.criteria_are_told = told;
        Fault fault;
        fault.kind = kind;
        fault.strikes = to(path);
        night.api.faults = {fault};
        CHECK(night.play().exit_code() == 0);
        CHECK(night.ask("SELECT count(*) FROM content_matches") == 5);
        CHECK(night.ask("SELECT count(*) FROM audience_matches") == 5);
        night.check_books();
      }
    }
  }
}

TEST_CASE("an older analysis of the same creator for another campaign is no trace of a lost one") {
  CampaignNight night;
  night.api.criteria_are_told = true;
  CHECK(night.play().exit_code() == 0);
  night.start_new_run = true;
  night.pipeline.keyword_sets[0].content_match->campaign_id = kOther;
  Fault fault;
  fault.kind = Kind::lose_request;
  fault.strikes = to("/v1/creators/content-match");
  night.api.faults = {fault};
  CHECK(night.play().exit_code() == 0);
  CHECK(night.ask("SELECT count(*) FROM content_matches WHERE campaign_id = '" + kOther + "'") == 5);
  night.check_books();
}

TEST_CASE("a key that may use no campaign: told why, and what it may do goes on") {
  CampaignNight night;
  night.pipeline.keyword_sets[0].content_match->campaign_id.reset();
  night.api.has_workspace = false;
  const auto result = night.play();
  CHECK(result.exit_code() == 4);
  CHECK(result.messages.front().find("lists and campaigns belong to a Toksta workspace") != std::string::npos);
  CHECK(night.ask("SELECT count(*) FROM content_matches") == 5);
  CHECK(night.ask("SELECT count(*) FROM audience_matches") == 0);
  night.check_books();
}

}  // namespace
}  // namespace toksync::engine
