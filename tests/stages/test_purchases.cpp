// Criteria decide what is "the same work": too many differences buy twice, too few never buy at all.
#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "keyword_sets.hpp"
#include "stages/stage.hpp"

namespace toksync::stages {
namespace {

using test::full_set;

std::string criteria(StageName name, const KeywordSet& set) { return stage(name).purchases(set).at(0).criteria; }

struct Change {
  std::string what;
  std::function<void(KeywordSet&)> apply;
};

void check_changes(StageName name, const KeywordSet& set, const std::vector<Change>& changes, bool is_other_work) {
  const auto before = criteria(name, set);
  for (const auto& change : changes) {
    CAPTURE(change.what);
    auto changed = set;
    change.apply(changed);
    CHECK((criteria(name, changed) != before) == is_other_work);
  }
}

TEST_CASE("a stage that a keyword set does not run buys nothing and chooses nobody") {
  const KeywordSet empty;
  for (const auto name : kAllStages) {
    CAPTURE(to_string(name));
    CHECK(stage(name).name() == name);
    CHECK(stage(name).purchases(empty).empty());
    CHECK_FALSE(stage(name).choice(empty).has_value());
  }
}

TEST_CASE("the order of keywords and of audience criteria does not make other work") {
  const auto set = full_set();
  auto reversed = set;
  std::ranges::reverse(reversed.keywords);
  std::ranges::reverse(reversed.audience);
  for (const auto name : kAllStages) {
    CAPTURE(to_string(name));
    CHECK(criteria(name, set) == criteria(name, reversed));
  }
}

TEST_CASE("the name of the keyword set is no part of any criteria") {
  const auto set = full_set();
  auto renamed = set;
  renamed.name = "other";
  for (const auto name : kAllStages) {
    CAPTURE(to_string(name));
    CHECK(criteria(name, set) == criteria(name, renamed));
  }
}

TEST_CASE("criteria are one fixed text") {
  auto set = full_set();
  set.keywords = {"b", "a"};
  set.audience = {"CMO", "CEO"};
  CHECK(criteria(StageName::content_match, set) == R"({"topic_keywords":["a","b"],"posts_to_analyze":10})");
  CHECK(criteria(StageName::audience_match, set) == R"({"criteria":["CEO","CMO"],"analysis_depth":"quick_scan"})");
  CHECK(criteria(StageName::enrich, set) == "{}");
  set.search->filters = {
      {"hide_brands", true}, {"min_followers", 5000.0}, {"languages", std::vector<std::string>{"en", "de"}}};
  CHECK(criteria(StageName::search, set) ==
        R"({"kind":"discovery","max_creators":100,"mode":"auto","keywords":["a","b"],)"
        R"("filters":{"hide_brands":true,"languages":["de","en"],"min_followers":5000}})");
}

TEST_CASE("quotes, backslashes and control characters are escaped") {
  auto set = full_set();
  set.keywords = {"say \"hi\"", "back\\slash", "tab\there", "bell\x07"};
  CHECK(criteria(StageName::content_match, set) ==
        R"({"topic_keywords":["back\\slash","bell\u0007","say \"hi\"","tab\u0009here"],"posts_to_analyze":10})");
}

TEST_CASE("keywords that only look alike when they are joined stay apart") {
  auto one = full_set();
  auto two = full_set();
  one.keywords = {"a\",\"b"};
  two.keywords = {"a", "b"};
  CHECK(criteria(StageName::content_match, one) != criteria(StageName::content_match, two));
}

TEST_CASE("a discovery search is another search when what it looks for changes") {
  const auto name = StageName::search;
  check_changes(name, full_set(),
                {{"keywords", [](auto& set) { set.keywords.push_back("PLG"); }},
                 {"mode", [](auto& set) { set.search->mode = "strict"; }},
                 {"max_creators", [](auto& set) { set.search->max_creators = 7; }},
                 {"kind", [](auto& set) { set.search->kind = SearchKind::database; }},
                 {"filter", [](auto& set) { set.search->filters["min_followers"] = 5.0; }}},
                true);
  check_changes(name, full_set(),
                {{"refresh_after", [](auto& set) { set.search->refresh_after = Seconds{5}; }},
                 {"audience", [](auto& set) { set.audience.clear(); }},
                 {"query of the other kind", [](auto& set) { set.search->query = "x"; }},
                 {"platform, which discovery ignores", [](auto& set) { set.search->platform = Platform::youtube; }}},
                false);
}

TEST_CASE("a database search is another search when what it looks for changes") {
  auto set = full_set();
  set.search->kind = SearchKind::database;
  check_changes(StageName::search, set,
                {{"query", [](auto& other) { other.search->query = "growth"; }},
                 {"sort_by", [](auto& other) { other.search->sort_by = "followers_count"; }},
                 {"sort_order", [](auto& other) { other.search->sort_order = "desc"; }},
                 {"max_creators", [](auto& other) { other.search->max_creators = 7; }},
                 {"platform", [](auto& other) { other.search->platform = Platform::youtube; }},
                 {"filter", [](auto& other) { other.search->filters["hide_brands"] = false; }}},
                true);
  check_changes(StageName::search, set,
                {{"keywords, which it does not use", [](auto& other) { other.keywords.clear(); }},
                 {"mode of the other kind", [](auto& other) { other.search->mode = "strict"; }}},
                false);
}

TEST_CASE("an analysis is another one by its topic or depth, not by how it is batched or read") {
  check_changes(StageName::content_match, full_set(),
                {{"keywords", [](auto& set) { set.keywords.pop_back(); }},
                 {"posts", [](auto& set) { set.content_match->posts_to_analyze = 30; }}},
                true);
  check_changes(StageName::content_match, full_set(),
                {{"batch_size", [](auto& set) { set.content_match->batch_size = 1; }},
                 {"evidence_posts", [](auto& set) { set.content_match->evidence_posts = 9; }},
                 {"select", [](auto& set) { set.content_match->select.top = 1; }},
                 {"audience", [](auto& set) { set.audience.clear(); }},
                 {"refresh_after", [](auto& set) { set.content_match->refresh_after = std::nullopt; }}},
                false);
  check_changes(StageName::audience_match, full_set(),
                {{"audience", [](auto& set) { set.audience.pop_back(); }},
                 {"depth", [](auto& set) { set.audience_match->analysis_depth = AnalysisDepth::deep_dive; }}},
                true);
  check_changes(StageName::audience_match, full_set(),
                {{"batch_size", [](auto& set) { set.audience_match->batch_size = 1; }},
                 {"engagers", [](auto& set) { set.audience_match->engagers = 0; }},
                 {"keywords", [](auto& set) { set.keywords.clear(); }}},
                false);
}

TEST_CASE("enrichment of a creator is the same whatever asks for it") {
  check_changes(StageName::enrich, full_set(),
                {{"keywords", [](auto& set) { set.keywords.clear(); }},
                 {"batch_size", [](auto& set) { set.enrich->batch_size = 1; }},
                 {"detail", [](auto& set) { set.enrich->full_detail = false; }},
                 {"select", [](auto& set) { set.enrich->select.top = 1; }}},
                false);
}

TEST_CASE("thought leaders are other work by every field that the API takes") {
  check_changes(StageName::thought_leaders, full_set(),
                {{"keywords", [](auto& set) { set.keywords.push_back("x"); }},
                 {"mode", [](auto& set) { set.thought_leaders->modes = {"strict"}; }},
                 {"count", [](auto& set) { set.thought_leaders->count = 3; }},
                 {"candidates", [](auto& set) { set.thought_leaders->max_candidates_to_analyze = 3; }},
                 {"posts", [](auto& set) { set.thought_leaders->posts_to_analyze = 30; }},
                 {"min_followers", [](auto& set) { set.thought_leaders->min_followers = 1; }},
                 {"min_reactions", [](auto& set) { set.thought_leaders->min_reactions_per_post = 1; }},
                 {"min_score", [](auto& set) { set.thought_leaders->min_content_match_score = 1; }},
                 {"hide_brands", [](auto& set) { set.thought_leaders->hide_brands = false; }},
                 {"location", [](auto& set) { set.thought_leaders->location = "London"; }},
                 {"language", [](auto& set) { set.thought_leaders->language = "en"; }},
                 {"filter", [](auto& set) { set.thought_leaders->filters["min_followers"] = 1.0; }}},
                true);
  check_changes(StageName::thought_leaders, full_set(),
                {{"refresh_after", [](auto& set) { set.thought_leaders->refresh_after = Seconds{1}; }},
                 {"another mode beside it", [](auto& set) { set.thought_leaders->modes.push_back("broad"); }}},
                false);
}

TEST_CASE("prices follow the depth of the analysis") {
  auto set = full_set();
  const auto item = [&](StageName name) { return stage(name).purchases(set).at(0).price_item; };
  CHECK(item(StageName::enrich) == PriceItem::enrich);
  CHECK(item(StageName::search) == PriceItem::discovery_search);
  set.search->kind = SearchKind::database;
  CHECK(item(StageName::search) == PriceItem::creator_search);
  CHECK(item(StageName::content_match) == PriceItem::content_match_10);
  set.content_match->posts_to_analyze = 20;
  CHECK(item(StageName::content_match) == PriceItem::content_match_20);
  set.content_match->posts_to_analyze = 30;
  CHECK(item(StageName::content_match) == PriceItem::content_match_30);
  set.content_match->posts_to_analyze = 15;
  CHECK_THROWS_AS((void)item(StageName::content_match), std::logic_error);
  CHECK(item(StageName::audience_match) == PriceItem::audience_match_quick_scan);
  set.audience_match->analysis_depth = AnalysisDepth::deep_dive;
  CHECK(item(StageName::audience_match) == PriceItem::audience_match_deep_dive);
  set.audience_match->analysis_depth = AnalysisDepth::comprehensive;
  CHECK(item(StageName::audience_match) == PriceItem::audience_match_comprehensive);
}

TEST_CASE("thought leaders buy one job a mode, priced by its candidates") {
  auto set = full_set();
  set.thought_leaders->modes = {"strict", "balanced", "broad"};
  set.thought_leaders->max_candidates_to_analyze = 40;
  const auto purchases = stage(StageName::thought_leaders).purchases(set);
  REQUIRE(purchases.size() == 3);
  CHECK(purchases[0].price_item == PriceItem::thought_leaders_strict);
  CHECK(purchases[1].price_item == PriceItem::thought_leaders_balanced);
  CHECK(purchases[2].price_item == PriceItem::thought_leaders_broad);
  CHECK(purchases[0].criteria != purchases[1].criteria);
  CHECK(purchases[1].criteria != purchases[2].criteria);
  for (const auto& purchase : purchases) CHECK(purchase.units == 40);
  CHECK(purchases[2].mode == "broad");
  set.thought_leaders->modes = {"loose"};
  CHECK_THROWS_AS((void)stage(StageName::thought_leaders).purchases(set), std::logic_error);
}

TEST_CASE("each purchase carries its own refresh_after") {
  auto set = full_set();
  set.search->refresh_after = Seconds{1};
  set.enrich->refresh_after = Seconds{2};
  set.content_match->refresh_after = std::nullopt;
  set.audience_match->refresh_after = Seconds{4};
  set.thought_leaders->refresh_after = Seconds{5};
  const auto age = [&](StageName name) { return stage(name).purchases(set).at(0).refresh_after; };
  CHECK(age(StageName::search) == Seconds{1});
  CHECK(age(StageName::enrich) == Seconds{2});
  CHECK_FALSE(age(StageName::content_match).has_value());
  CHECK(age(StageName::audience_match) == Seconds{4});
  CHECK(age(StageName::thought_leaders) == Seconds{5});
}

TEST_CASE("a campaign is the criteria, whatever keywords and audience the set has") {
  auto set = full_set();
  set.content_match->campaign_id = "c1";
  set.audience_match->campaign_id = "c2";
  CHECK(stage(StageName::content_match).purchases(set).at(0).criteria ==
        R"({"campaign_id":"c1","posts_to_analyze":10})");
  CHECK(stage(StageName::audience_match).purchases(set).at(0).criteria ==
        R"({"campaign_id":"c2","analysis_depth":"quick_scan"})");
}

}  // namespace
}  // namespace toksync::stages
