#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline_texts.hpp"

namespace toksync::pipeline {
namespace {

using test::kSmallest;
using test::problems_of;
using Texts = std::vector<std::string>;

void check_problems(const std::string& text, const std::vector<std::string>& expected) {
  CAPTURE(text);
  const auto found = problems_of(text);
  CHECK_MESSAGE(found == expected, fmt::format("{}", fmt::join(found, "\n")));
}

/// `text` stands behind the smallest pipeline, from line 8 on.
void check_after(const std::string& text, const std::vector<std::string>& expected) {
  check_problems(std::string{kSmallest} + text, expected);
}

std::string head(const std::string& set) { return "version = 1\nname = \"a\"\n[keyword_sets.a]\n" + set; }

TEST_CASE("a key that the search kind does not use is a problem") {
  check_after("query = \"x\"\n",
              {"p:8:1: search.query: not used by kind = \"discovery\", only by kind = \"database\""});
  check_after("kind = \"database\"\nmode = \"auto\"\nsort_by = \"name\"\n",
              {"p:9:1: search.mode: not used by kind = \"database\", only by kind = \"discovery\""});
  check_after("kind = \"discovery\"\nsort_order = \"asc\"\n",
              {"p:9:1: search.sort_order: not used by kind = \"discovery\", only by kind = \"database\""});
  check_after("kind = \"database\"\ndetail = true\nevidence_posts = 3\n",
              {"p:10:1: search.evidence_posts: not used by kind = \"database\", only by kind = \"discovery\""});
  check_after("[keyword_sets.a.search]\nquery = \"x\"\n",
              {"p:9:1: keyword_sets.a.search.query: not used by kind = \"discovery\", only by kind = \"database\""});
  check_after("kind = \"database\"\nquery = \"x\"\n[keyword_sets.a.search]\nmode = \"broad\"\n",
              {"p:11:1: keyword_sets.a.search.mode: not used by kind = \"database\", only by kind = \"discovery\""});
}

TEST_CASE("a key beside an explicit kind that does not use it is a problem even when every set chooses another") {
  check_after("kind = \"discovery\"\nquery = \"x\"\n[keyword_sets.a.search]\nkind = \"database\"\n",
              {"p:9:1: search.query: not used by kind = \"discovery\", only by kind = \"database\""});
}

TEST_CASE("a wrong kind brings no further complaint about the keys beside it") {
  const auto found = problems_of(std::string{kSmallest} + "kind = \"x\"\nquery = \"x\"\nmode = \"auto\"\n");
  CHECK(found.size() == 1);
}

TEST_CASE("stages need keywords") {
  check_problems(head("[search]\n"), {"p:3:15: keyword_sets.a.keywords: missing, a discovery search needs at least 1"});
  check_problems(head("[content_match]\n"),
                 {"p:3:15: keyword_sets.a.keywords: missing, content_match needs at least 1"});
  check_problems(head("keywords = [\"1\", \"2\", \"3\", \"4\"]\n[thought_leaders]\n"),
                 {"p:4:12: keyword_sets.a.keywords: found 4, thought_leaders needs at least 5"});
  check_problems(head("keywords = [\"1\", \"2\", \"3\", \"4\", \"5\"]\n[thought_leaders]\n"), {});
  check_problems(head("[search]\nkind = \"database\"\n[enrich]\n"), {});
  check_problems(head("[thought_leaders]\nenabled = false\n[enrich]\n"), {});
}

TEST_CASE("keywords that were refused are not counted again") {
  check_problems(head("keywords = [5]\n[thought_leaders]\n"),
                 {"p:4:13: keyword_sets.a.keywords: found 5, allowed is a text that is not empty"});
}

TEST_CASE("audience_match needs an audience") {
  check_problems(head("[audience_match]\n"), {"p:3:15: keyword_sets.a.audience: missing, audience_match needs at least "
                                              "one audience criterion, or a campaign_id"});
  check_problems(head("audience = [\"CMO\"]\n[audience_match]\n"), {});
}

TEST_CASE("a rule is told for each keyword set that breaks it") {
  check_after("[keyword_sets.b]\n[keyword_sets.c]\nkeywords = [\"x\"]\n[keyword_sets.d]\nsearch.enabled = false\n",
              {"p:8:15: keyword_sets.b.keywords: missing, a discovery search needs at least 1"});
}

TEST_CASE("a stage selects only by what is known when it chooses") {
  check_after("[enrich.select]\nmin_content_score = 5\norder_by = \"audience_score\"\n",
              {"p:9:1: enrich.select.min_content_score: enrich cannot select by content_score: the stages that find "
               "the scores come after enrich",
               "p:10:12: enrich.select.order_by: enrich cannot select by audience_score: the stages that find the "
               "scores come after enrich"});
  check_after("[content_match.select]\nmax_audience_score = 5\norder_by = \"content_score\"\n",
              {"p:9:1: content_match.select.max_audience_score: content_match cannot select by audience_score: "
               "audience_match does not come before it",
               "p:10:12: content_match.select.order_by: content_match cannot select by content_score: that is the "
               "score it is about to buy"});
  check_after("[audience_match.select]\nmin_content_score = 60\norder_by = \"audience_score\"\n",
              {"p:9:1: audience_match.select.min_content_score: audience_match cannot select by content_score: no "
               "content_match stage runs for this keyword set",
               "p:10:12: audience_match.select.order_by: audience_match cannot select by audience_score: that is the "
               "score it is about to buy"});
  check_after("[content_match]\n[audience_match.select]\nmin_content_score = 60\norder_by = \"content_score\"\n", {});
}

TEST_CASE("content_match switched off for a set leaves no content score there") {
  check_after(
      "[content_match]\n[audience_match.select]\nmin_content_score = 60\n"
      "[keyword_sets.a.content_match]\nenabled = false\n",
      {"p:10:1: audience_match.select.min_content_score: audience_match cannot select by content_score: no "
       "content_match stage runs for this keyword set"});
}

TEST_CASE("a database search has no score to select by") {
  check_after("kind = \"database\"\n[enrich.select]\norder_by = \"score\"\n",
              {"p:10:12: enrich.select.order_by: enrich cannot select by score: a database search gives no score"});
  check_after("[enrich.select]\norder_by = \"score\"\n", {});
}

TEST_CASE("a minimum above its maximum is told where the later of both stands") {
  check_after(
      "[search.filters]\nmin_followers = 10\nmax_followers = 5\n",
      {"p:10:17: search.filters.max_followers: min_followers = 10 is above max_followers = 5, nothing can pass"});
  check_after("[enrich.select]\nmax_posts_per_month = 1.5\nmin_posts_per_month = 2\n",
              {"p:10:23: enrich.select.min_posts_per_month: min_posts_per_month = 2 is above max_posts_per_month = "
               "1.5, nothing can pass"});
  check_after("[search.filters]\nmin_followers = 10\n[keyword_sets.a.search.filters]\nmax_followers = 5\n",
              {"p:11:17: keyword_sets.a.search.filters.max_followers: min_followers = 10 is above max_followers = 5, "
               "nothing can pass"});
  check_after("[thought_leaders.filters]\nmin_engagement = 3\nmax_engagement = 2\n",
              {"p:10:18: thought_leaders.filters.max_engagement: min_engagement = 3 is above max_engagement = 2, "
               "nothing can pass"});
  check_after("[search.filters]\nmin_followers = 5\nmax_followers = 5\n", {});
}

TEST_CASE("YouTube has a database search and nothing else") {
  check_after("[enrich]\n[source]\nplatform = \"youtube\"\n",
              {"p:7:2: search: a discovery search finds LinkedIn creators only; source.platform \"youtube\" needs kind "
               "= \"database\"",
               "p:8:2: enrich: works on LinkedIn only, but source.platform is \"youtube\""});
  check_after("kind = \"discovery\"\n[source]\nplatform = \"youtube\"\n",
              {"p:8:8: search.kind: a discovery search finds LinkedIn creators only; source.platform \"youtube\" needs "
               "kind = \"database\""});
  const auto youtube = test::parsed(std::string{kSmallest} + "kind = \"database\"\n[source]\nplatform = \"youtube\"\n");
  CHECK(youtube.keyword_sets.front().search->platform == Platform::youtube);
}

TEST_CASE("a pipeline runs at least one stage") {
  check_problems(head("keywords = [\"1\"]\n"),
                 {"p:1:1: no stage: at least one of [search], [enrich], [content_match], [audience_match] and "
                  "[thought_leaders] is needed"});
  check_after("enabled = false\n", {"p:1:1: every stage is switched off by enabled = false"});
  check_problems(head("search.kind = \"database\"\n"), {});
}

TEST_CASE("the key comes from a variable or from a file") {
  check_after("[source]\napi_key_file = \"x\"\napi_key_env = \"A\"\n",
              {"p:10:1: source.api_key_env: api_key_env and api_key_file exclude each other"});
}

TEST_CASE("the base address is checked") {
  check_after("[source]\nbase_url = \"http://x.example\"\n",
              {"p:9:12: source.base_url: found \"http://x.example\", allowed is an https:// address, or an http:// one "
               "of this machine; the API key travels over https only; http is for 127.0.0.0/8, localhost and [::1]"});
}

TEST_CASE("[notify] names somebody, in a form that can be told") {
  const auto problems = [](const std::string& table) { return problems_of(std::string{kSmallest} + table); };
  const std::string tells = "[notify]\ncommand = [\"mail\"]\n";
  CHECK(problems("[notify]\ncommand = [\"mail\", \"-a\", \"x\", \"-a\", \"x\"]\n").empty());
  CHECK(problems("[notify]\nwebhook = \"https://x.example/a?b=c\"\non = [\"success\"]\n").empty());
  CHECK(problems("[notify]\n") == Texts{"p:8:2: notify: nobody is told: a command or a webhook is needed"});
  CHECK(problems("[notify]\non = [\"failure\"]\n").size() == 1);
  CHECK(problems(tells + "on = [\"failures\"]\n") ==
        Texts{"p:10:7: notify.on: found \"failures\", allowed is \"failure\", \"partial\" or \"success\"; did you mean "
              "\"failure\"?"});
  CHECK(
      problems(tells + "on = []\n") ==
      Texts{
          "p:10:6: notify.on: found an empty array, allowed is an array of one or more of \"failure\", \"partial\" or "
          "\"success\""});
  CHECK(problems(tells + "on = [\"failure\", \"failure\"]\n").size() == 1);
  CHECK(
      problems(tells + "timeout = \"5m\"\n") ==
      Texts{"p:10:11: notify.timeout: found \"5m\", allowed is a duration from \"1s\" to \"1m\" (an integer with s, m, "
            "h or d)"});
  CHECK(problems("[notify]\ncommand = \"mail\"\n") ==
        Texts{"p:9:11: notify.command: found \"mail\", allowed is an array of one or more texts, a program and its "
              "arguments"});
  CHECK(problems("[notify]\ncommand = [\"mail\", 3]\n").size() == 1);
  CHECK(problems(tells + "webhok = \"https://x.example\"\n").front().find("did you mean \"webhook\"?") !=
        std::string::npos);
}

TEST_CASE("a webhook goes over https, and its address is told only as the file spells it") {
  const auto problem = [](const std::string& address) {
    const auto text = std::string{kSmallest} + "[notify]\nwebhook = \"" + address + "\"\n";
    const auto problems = problems_of(text, {{"HOST", "secret.example"}});
    REQUIRE(problems.size() == 1);
    return problems.front();
  };
  CHECK(problem("http://${HOST}/x").find("travels over https only") != std::string::npos);
  CHECK(problem("http://${HOST}/x").find("secret") == std::string::npos);
  CHECK(problem("https://user:word@x.example").find("must not hold a user or a password") != std::string::npos);
  CHECK(problem("https://x.example/#a").find("no fragment") != std::string::npos);
  CHECK(problem("https://${NONE}/x").find("the environment variable NONE is not set") != std::string::npos);
}

TEST_CASE("a campaign stands for keywords and audience") {
  const std::string id = "\"c1a2b3d4-e5f6-4789-9abc-0123456789ab\"";
  check_problems(head("[content_match]\ncampaign_id = " + id + "\n[audience_match]\ncampaign_id = " + id + "\n"), {});
  check_problems(
      head("[audience_match]\n"),
      {"p:3:15: keyword_sets.a.audience: missing, audience_match needs at least one audience criterion, or a "
       "campaign_id"});
  check_problems(head("[content_match]\ncampaign_id = \"launch\"\n"),
                 {"p:5:15: content_match.campaign_id: found \"launch\", allowed is an id such as "
                  "\"c1a2b3d4-e5f6-4789-9abc-0123456789ab\""});
  // Each set may have a campaign of its own.
  check_problems(head("[keyword_sets.a.content_match]\ncampaign_id = " + id + "\n"), {});
}

TEST_CASE("publishing needs a shortlist, one list, and scores to choose by") {
  const std::string id = "\"c1a2b3d4-e5f6-4789-9abc-0123456789ab\"";
  check_after("[publish]\n", {});
  check_after("[publish]\nlist = \"A\"\ntop = 5\n", {});
  check_after("[publish]\nlist = \"A\"\nlist_id = " + id + "\n",
              {"p:10:1: publish.list_id: list and list_id exclude each other: a list is named by one of them"});
  check_after("[publish]\nmin_score = 50\n",
              {"p:9:1: publish.min_score: nobody has a score: no content_match, audience_match or thought_leaders runs "
               "for any keyword set"});
  check_after("[content_match]\n[publish]\nmin_score = 50\n", {});
  check_problems(head("[enrich]\n[publish]\n"),
                 {"p:5:2: publish: there is no shortlist to publish: no keyword set has a [search]"});
  check_after("[publish]\ntop = 0\n", {"p:9:7: publish.top: found 0, allowed is an integer from 1 to 10000"});
}

}  // namespace
}  // namespace toksync::pipeline
