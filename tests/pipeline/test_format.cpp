#include <algorithm>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "pipeline/format.hpp"
#include "pipeline_texts.hpp"

namespace toksync::pipeline {
namespace {

using test::kSmallest;
using test::parsed;

TEST_CASE("each key has one row and a meaning") {
  std::set<std::string> seen;
  for (const auto& spec : pipeline_format()) {
    const auto path = fmt::format("{}.{}", spec.table, spec.key);
    CAPTURE(path);
    CHECK(seen.insert(path).second);
    CHECK_FALSE(spec.meaning.empty());
    CHECK_FALSE(allowed_values(spec).empty());
  }
}

TEST_CASE("each table has rows, and each row stands in a table that has one") {
  std::set<std::string> tables{""};
  std::set<std::string> used;
  for (const auto& spec : pipeline_format()) {
    if (spec.kind == Kind::table) tables.insert(content_path(spec));
    used.insert(std::string{spec.table});
  }
  CHECK(tables == used);
}

TEST_CASE("what is a choice in the format is a value in the model") {
  const auto choices = [](std::string_view table, std::string_view key) { return find_spec(table, key)->choices; };
  for (const auto name : choices("source", "platform")) CHECK(platform_from_string(name));
  for (const auto name : choices("search", "kind")) CHECK(search_kind_from_string(name));
  for (const auto name : choices("audience_match", "analysis_depth")) CHECK(analysis_depth_from_string(name));
  for (const auto name : choices("enrich.select", "order_by")) CHECK(order_by_from_string(name));
  CHECK(choices("enrich.select", "order_by").size() == 6);
  int prices = 0;
  int bounds = 0;
  for (const auto& spec : pipeline_format()) {
    if (spec.table == "prices") {
      CHECK(price_item_from_string(spec.key));
      ++prices;
    }
    if (spec.table == "enrich.select" && spec.kind == Kind::number) {
      CHECK(measure_from_string(spec.key.substr(4)));
      ++bounds;
    }
  }
  CHECK(prices == kPriceItems);
  CHECK(bounds == 12);
}

/// The file with every default written out.
std::string with_defaults() {
  std::string text{kSmallest.substr(0, kSmallest.find("[search]"))};
  std::string_view table;
  for (const auto& spec : pipeline_format()) {
    if (spec.fallback.empty() || spec.table.empty() || spec.table.starts_with("mirror")) continue;
    if (!spec.apis.empty() && std::ranges::find(spec.apis, "toksta") == spec.apis.end()) continue;
    if (spec.table != table) text += fmt::format("[{}]\n", spec.table);
    // It wants to know whom to tell.
    if (spec.table == "notify" && spec.table != table) text += "command = [\"true\"]\n";
    table = spec.table;
    text += fmt::format("{} = {}\n", spec.key, spec.fallback);
  }
  return text;
}

TEST_CASE("the defaults of the format are those of the model") {
  const auto written = parsed(with_defaults());
  const auto silent =
      parsed(std::string{kSmallest} + "[enrich]\n[content_match]\n[audience_match]\n[thought_leaders]\n");
  CHECK(written.keyword_sets == silent.keyword_sets);
  CHECK(written.source.api == silent.source.api);
  CHECK(written.source.base_url == silent.source.base_url);
  CHECK(written.source.api_key_env == silent.source.api_key_env);
  CHECK(written.notify.on == silent.notify.on);
  CHECK(written.notify.timeout == silent.notify.timeout);
  CHECK(written.source.platform == silent.source.platform);
  CHECK(written.source.max_in_flight == silent.source.max_in_flight);
  CHECK(written.source.timeout == silent.source.timeout);
  CHECK(written.source.settle_after == silent.source.settle_after);
  CHECK(written.database_path == silent.database_path);
  CHECK(written.budget.on_shortfall == silent.budget.on_shortfall);
}

TEST_CASE("every value of a file arrives in the pipeline") {
  const auto pipeline = parsed(R"(version = 1
name = "full-1"
description = """two
lines"""
[source]
api = "toksta-partner"
base_url = "http://127.0.0.1:8080/"
api_key_file = "/run/key"
requests_per_minute = 60
max_in_flight = 3
timeout = "2m"
settle_after = "10m"
[database]
path = "x.db"
[budget]
max_credits_per_run = 0
max_credits_per_month = 5000
keep_credits = 100
on_shortfall = "fit"
[prices]
enrich = 2
thought_leaders_strict = 0
[keyword_sets.a]
keywords = ["1", "2", "3", "4", "5"]
audience = ["CMO"]
[search]
kind = "database"
query = "q"
sort_by = "name"
sort_order = "asc"
max_creators = 1
refresh_after = "1h"
[enrich]
refresh_after = "never"
detail = "summary"
batch_size = 1
[content_match]
posts_to_analyze = 30
refresh_after = "0s"
evidence_posts = 0
batch_size = 2
[content_match.select]
min_engagement_rate = 1.5
max_reactions_per_post = 9
[audience_match]
analysis_depth = "comprehensive"
refresh_after = "1d"
engagers = 30
batch_size = 3
select = { min_content_score = 60 }
[thought_leaders]
mode = ["broad", "strict"]
count = 100
max_candidates_to_analyze = 200
posts_to_analyze = 20
min_followers = 1
min_reactions_per_post = 2.5
min_content_match_score = 0
hide_brands = false
location = "Berlin"
language = "de"
refresh_after = "2d"
filters = { max_followers = 7 }
)");
  CHECK(pipeline.name == "full-1");
  CHECK(pipeline.description == "two\nlines");
  CHECK(pipeline.source.api == "toksta-partner");
  CHECK(pipeline.source.base_url == "http://127.0.0.1:8080");
  CHECK(pipeline.source.api_key_file == "/run/key");
  CHECK(pipeline.source.requests_per_minute == 60);
  CHECK(pipeline.source.max_in_flight == 3);
  CHECK(pipeline.source.timeout == Seconds{120});
  CHECK(pipeline.source.settle_after == Seconds{600});
  CHECK(pipeline.database_path == "x.db");
  CHECK(pipeline.budget.max_credits_per_run == 0);
  CHECK(pipeline.budget.max_credits_per_month == 5000);
  CHECK(pipeline.budget.keep_credits == 100);
  CHECK(pipeline.budget.on_shortfall == OnShortfall::fit);
  CHECK(pipeline.prices ==
        std::map<PriceItem, Credits>{{PriceItem::enrich, 2}, {PriceItem::thought_leaders_strict, 0}});
  const auto& set = pipeline.keyword_sets.front();
  CHECK(set.search ==
        SearchConfig{SearchKind::database, Platform::linkedin, "auto", 1, "q", "name", "asc", {}, Seconds{3600}});
  CHECK(set.enrich == EnrichConfig{RefreshAfter{}, false, 1, {}});
  const Select bounded{
      {}, OrderBy::rank, {{Measure::engagement_rate, {1.5, {}}}, {Measure::reactions_per_post, {{}, 9}}}};
  CHECK(set.content_match == ContentMatchConfig{30, Seconds{0}, 0, 2, bounded});
  const Select funnel{{}, OrderBy::rank, {{Measure::content_score, {60, {}}}}};
  CHECK(set.audience_match == AudienceMatchConfig{AnalysisDepth::comprehensive, Seconds{86400}, 30, 3, funnel});
  CHECK(set.thought_leaders == ThoughtLeadersConfig{{"broad", "strict"},
                                                    100,
                                                    200,
                                                    20,
                                                    1,
                                                    2.5,
                                                    0,
                                                    false,
                                                    "Berlin",
                                                    "de",
                                                    Filters{{"max_followers", 7.0}},
                                                    Seconds{172800}});
}

TEST_CASE("the filters are those of the API") {
  const std::set<std::string> filters{"content_categories",
                                      "target_audiences",
                                      "languages",
                                      "locations",
                                      "hide_brands",
                                      "min_followers",
                                      "max_followers",
                                      "min_engagement",
                                      "max_engagement",
                                      "min_posts_per_month",
                                      "max_posts_per_month",
                                      "min_reactions_per_post",
                                      "max_reactions_per_post",
                                      "min_comments_per_post",
                                      "max_comments_per_post",
                                      "min_shares_per_post",
                                      "max_shares_per_post"};
  std::set<std::string> known;
  for (const auto& spec : pipeline_format()) {
    if (spec.table == "search.filters") known.insert(std::string{spec.key});
  }
  CHECK(known == filters);
}

}  // namespace
}  // namespace toksync::pipeline
