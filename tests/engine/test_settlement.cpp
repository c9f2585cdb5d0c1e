#include <algorithm>

#include <doctest/doctest.h>

#include "engine/settlement.hpp"

namespace toksync::engine {
namespace {

using store::EvidenceSource;
using store::LostRequest;
using store::Settlement;
using store::Verdict;

constexpr auto kSearch = StageName::search;
constexpr auto kEnrich = StageName::enrich;
constexpr auto kContent = StageName::content_match;
constexpr auto kAudience = StageName::audience_match;
constexpr auto kLeaders = StageName::thought_leaders;

LostRequest lost(StageName family, int jobs, Credits price, std::int64_t units = 1) {
  LostRequest request;
  request.key = IntentKey{7};
  request.family = family;
  for (int i = 1; i <= jobs; ++i) {
    request.jobs.push_back({JobKey{i}, CreatorKey{i}, "c" + std::to_string(i), price, units});
  }
  return request;
}

/// 'f' found, 'm' matched, 'x' foreign, '.' nothing.
Evidence shown(const std::string& traces) {
  Evidence evidence;
  for (const char c : traces) {
    evidence.traces.push_back(c == 'f'   ? Trace::found
                              : c == 'm' ? Trace::matched
                              : c == 'x' ? Trace::foreign
                                         : Trace::none);
    evidence.found_ids.push_back(c == 'f' || c == 'm' ? "id" + std::to_string(evidence.found_ids.size() + 1) : "");
  }
  return evidence;
}

Evidence operator+(Evidence evidence, const UnexplainedUsage& usage) {
  evidence.usage = usage;
  return evidence;
}

Evidence due(Evidence evidence) {
  evidence.is_due = true;
  return evidence;
}

Evidence last(Evidence evidence) {
  evidence.is_due = evidence.is_last = true;
  return evidence;
}

Evidence pending(Evidence evidence, int count) {
  evidence.pending = count;
  return evidence;
}

UnexplainedUsage own(Credits low, Credits high) { return {{low, high}, {0, 0}, false}; }
UnexplainedUsage own(Credits exact) { return own(exact, exact); }
UnexplainedUsage unclear(Credits low, Credits high) { return {{low, high}, {0, 0}, true}; }
UnexplainedUsage others(Credits own, Credits rest) { return {{own, own}, {rest, rest}, false}; }

/// "a3 r l5 h": adopted for 3, released, lost for 5, held; in the order of the jobs, "-" for one not decided.
std::string told(const LostRequest& request, const Settlement& settlement) {
  if (settlement.jobs.empty()) return "wait";
  std::string text;
  for (const auto& job : request.jobs) {
    const auto decided = std::ranges::find(settlement.jobs, job.job, &store::SettledJob::job);
    if (!text.empty()) text += ' ';
    if (decided == settlement.jobs.end()) {
      text += '-';
      continue;
    }
    text += to_string(decided->verdict).front();
    if (decided->charge) text += std::to_string(decided->charge->credits);
  }
  return text;
}

struct Row {
  std::string what;
  LostRequest request;
  Evidence evidence;
  std::string decision;
  std::string finding{};  ///< what the finding contains
};

void check(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto settlement = settle(row.request, row.evidence);
    CHECK(told(row.request, settlement) == row.decision);
    CHECK(settlement.intent == row.request.key);
    CAPTURE(settlement.finding);
    CHECK(settlement.finding.find(row.finding) != std::string::npos);
    CHECK(settlement.finding.empty() == settlement.jobs.empty());
  }
}

TEST_CASE("a lost search is charged, or it is not, or nobody can tell") {
  const auto search = lost(kSearch, 1, 1);
  check({{"too early", search, Evidence{} + own(1), "wait"},
         {"charged", search, due(Evidence{} + own(1)), "l1", "it was charged, and was searched again"},
         {"not charged", search, due(Evidence{} + own(0)), "r", "it never arrived"},
         {"either, and time will tell", search, due(Evidence{} + unclear(0, 1)), "wait"},
         {"either, and time is over", search, last(Evidence{} + unclear(0, 1)), "h", "0 to 1 credits more"},
         {"either, for good", search, due(Evidence{} + own(0, 1)), "h", "does not tell whether"},
         {"neither: others search too", search, due(Evidence{} + own(4)), "h", "4 credits more"},
         {"less than nothing", search, due(Evidence{} + own(-1)), "h", "-1 credits"},
         {"others do other things", search, due(Evidence{} + others(1, 9)), "h", "by 9 in other operations"},
         {"no usage", search, due(Evidence{}), "h", "tells no usage"},
         {"free by the price table", lost(kSearch, 1, 0), Evidence{}, "r", "costs nothing"}});
}

TEST_CASE("a lost job of thought leaders is booked with what it cost, and never bought again once charged") {
  const auto job = lost(kLeaders, 1, 200, 100);
  check({{"too early: its whole reservation", job, Evidence{} + own(200), "wait"},
         {"too early: nothing yet", job, Evidence{} + own(0), "wait"},
         {"too early, and no usage", job, Evidence{}, "wait"},
         {"refunded in part: it has ended", job, Evidence{} + own(74), "l74", "the id of the job is lost"},
         {"refunded in part, but others do things", job, Evidence{} + others(74, 9), "wait"},
         {"charged in full", job, due(Evidence{} + own(200)), "l200", "it was charged"},
         {"one creator analyzed", job, due(Evidence{} + own(2)), "l2"},
         {"never arrived", job, due(Evidence{} + own(0)), "r", "it never arrived"},
         {"no number of creators costs that", job, Evidence{} + own(73), "wait"},
         {"no number of creators costs that, at the end", job, due(Evidence{} + own(73)), "h", "73 credits"},
         {"more than it can cost", job, due(Evidence{} + own(202)), "h", "202 credits"},
         {"a range of charges, and time will tell", job, due(Evidence{} + unclear(2, 200)), "wait"},
         {"a range of charges, for good", job, due(Evidence{} + own(2, 200)), "h", "2 to 200"},
         {"anything, and time will tell", job, due(Evidence{} + unclear(-126, 74)), "wait"},
         {"anything, for good", job, last(Evidence{} + unclear(-126, 74)), "h", "-126 to 74"},
         {"less than nothing", job, due(Evidence{} + own(-2)), "h"},
         {"below nothing for sure, or nothing", job, due(Evidence{} + own(-50, 0)), "r"},
         {"others do other things", job, due(Evidence{} + others(200, 1)), "h", "by 1 in other operations"},
         {"no usage", job, due(Evidence{}), "h", "tells no usage"},
         {"free by the price table", lost(kLeaders, 1, 0, 100), due(Evidence{} + own(0)), "r"}});
}

TEST_CASE("an analysis that tells these very criteria is adopted at once, the others later") {
  const auto two = lost(kContent, 2, 3);
  check({{"both", two, shown("mm"), "a3 a3", "these very criteria"},
         {"one of them", two, shown("m."), "a3 -", "these very criteria"},
         {"one of them, although all is over", two, last(shown(".m") + own(3)), "- a3"},
         {"whatever the usage says", two, shown("mm") + own(50), "a3 a3"},
         {"whatever is merely found beside it", two, shown("fm"), "- a3"}});
  const auto settlement = settle(two, shown("m."));
  CHECK(settlement.source == EvidenceSource::results);
  CHECK(settlement.jobs.at(0).external_id == "id1");
  CHECK(settlement.jobs.at(0).charge->source == "price_table");
}

TEST_CASE("analyses are divided by what was charged and what is shown") {
  const auto three = lost(kContent, 3, 3);
  check({{"too early", three, shown("f..") + own(3), "wait"},
         {"all of it, early", three, shown("fff") + own(9), "a3 a3 a3", "all of it arrived"},
         {"all charged, not all shown yet", three, shown("ff.") + own(9), "wait"},
         {"all charged, not all shown ever", three, due(shown("ff.") + own(9)), "a3 a3 l3", "show 2 of 3"},
         {"all charged, nothing shown", three, due(shown("...") + own(9)), "l3 l3 l3", "show 0 of 3"},
         {"all charged, but one is somebody else's", three, due(shown("ffx") + own(9)), "h h h", "show 2 of 3"},
         {"a part", three, due(shown(".f.") + own(3)), "r a3 r", "show 1 of 3"},
         {"nothing", three, due(shown("...") + own(0)), "r r r", "show 0 of 3"},
         {"nothing charged, something shown", three, due(shown("f..") + own(0)), "r r r", "0 credits"},
         {"more charged than shown", three, due(shown("f..") + own(6)), "h h h", "does not tell which"},
         {"more shown than charged", three, due(shown("ff.") + own(3)), "h h h", "does not tell which"},
         {"no multiple of the price", three, due(shown("f..") + own(4)), "h h h", "4 credits"},
         {"more than all of it", three, due(shown("fff") + own(12)), "h h h", "12 credits"},
         {"several answers, and time will tell", three, due(shown("f..") + unclear(0, 3)), "wait"},
         {"several answers, for good", three, due(shown("f..") + own(0, 3)), "h h h", "0 to 3"},
         {"several answers, and time is over", three, last(shown("f..") + unclear(0, 3)), "h h h"},
         {"one answer within a range", three, due(shown("f..") + own(1, 3)), "a3 r r", "1 to 3"},
         {"one answer, and room for a cheaper one", three, due(shown("f..") + own(1, 5)), "h h h", "1 to 5"},
         {"others do other things", three, due(shown("fff") + others(9, 1)), "h h h", "other operations"},
         {"no usage: what is shown", three, due(shown("f.f")), "a3 r a3", "tells no usage to compare"},
         {"no usage, too early", three, shown("fff"), "wait"},
         {"free by the price table", lost(kAudience, 2, 0), due(shown("f.") + own(0)), "a0 r", "show 1 of 2"}});
}

TEST_CASE("enrichments are divided likewise, but what is shown is taken whoever paid") {
  const auto three = lost(kEnrich, 3, 1);
  check(
      {{"too early", three, shown("f..") + own(1), "wait"},
       {"all charged: shown or not, they will be", three, shown("...") + own(3), "a1 a1 a1", "all of it arrived"},
       {"a part", three, due(shown("f.f") + own(2)), "a1 r a1", "show 2 of 3"},
       {"fewer charged than shown: the others were free", three, due(shown("fff") + own(1)), "a1 a0 a0"},
       {"nothing charged, something shown", three, due(shown(".f.") + own(0)), "r a0 r"},
       {"nothing", three, due(shown("...") + own(0)), "r r r", "show 0 of 3"},
       {"more charged than shown, while some run", three, due(pending(shown("f..") + own(2), 2)), "wait"},
       {"more charged than shown, although none run", three, due(shown("f..") + own(2)), "a1 h h", "does not tell"},
       {"more charged than shown, for too long", three, last(pending(shown("f..") + own(2), 2)), "a1 h h"},
       {"a part, while those that never arrived count as pending", three, due(pending(shown("f..") + own(1), 2)),
        "a1 r r"},
       {"others enrich too", three, due(shown("f..") + own(9)), "a1 h h", "9 credits"},
       {"others enrich too, and some run", three, due(pending(shown("f..") + own(9), 2)), "wait"},
       {"several answers, and time will tell", three, due(shown("f..") + unclear(0, 3)), "wait"},
       {"several answers, for good", three, due(shown("f..") + own(0, 3)), "a1 h h"},
       {"no usage", three, due(shown("f..")), "a1 h h", "tells no usage to compare"},
       {"no usage, while some run", three, due(pending(shown("f.."), 2)), "wait"},
       {"no usage, and some run for too long", three, last(pending(shown("f.."), 2)), "h h h", "pending for too long"},
       {"free by the price table", lost(kEnrich, 2, 0), due(shown("f.") + own(0)), "a0 r"},
       {"free by the price table, while some run", lost(kEnrich, 2, 0), due(pending(shown("f.") + own(0), 1)),
        "wait"}});
}

TEST_CASE("what is adopted keeps the id under which it was found, and says who told its price") {
  const auto settlement = settle(lost(kContent, 2, 3), due(shown(".f") + own(3)));
  CHECK_FALSE(settlement.jobs.at(0).external_id.has_value());
  CHECK_FALSE(settlement.jobs.at(0).charge.has_value());
  CHECK(settlement.jobs.at(1).external_id == "id2");
  CHECK(settlement.jobs.at(1).charge->source == "usage");
  CHECK(settlement.source == EvidenceSource::usage);
  const auto by_results = settle(lost(kContent, 2, 3), due(shown(".f")));
  CHECK(by_results.source == EvidenceSource::results);
  CHECK(by_results.jobs.at(1).charge->source == "price_table");
}

Evidence unfindable(Evidence evidence = {}) {
  evidence.may_be_found = false;
  return evidence;
}

std::vector<Verdict> verdicts(const Settlement& settlement) {
  std::vector<Verdict> verdicts;
  for (const auto& job : settlement.jobs) verdicts.push_back(job.verdict);
  return verdicts;
}

TEST_CASE("where nothing is found by creator, the usage alone decides, and what was charged is lost") {
  for (const auto family : {kEnrich, kContent, kAudience}) {
    CAPTURE(to_string(family));
    const auto request = lost(family, 3, 2);
    const auto with = [](Credits low, Credits high) { return UnexplainedUsage{{low, high}, {0, 0}, false}; };
    // Late starts may still come.
    CHECK(settle(request, unfindable() + with(0, 0)).jobs.empty());
    CHECK(settle(request, unfindable() + with(6, 6)).jobs.empty());
    CHECK(verdicts(settle(request, due(unfindable() + with(0, 0)))) == std::vector(3, Verdict::released));
    const auto all = settle(request, due(unfindable() + with(6, 6)));
    CHECK(verdicts(all) == std::vector(3, Verdict::lost));
    for (const auto& job : all.jobs) CHECK(job.charge.value().credits == 2);
    // One of them was refused or free; the bill is right all the same.
    const auto some = settle(request, due(unfindable() + with(4, 4)));
    CHECK(verdicts(some) == std::vector(3, Verdict::lost));
    CHECK(some.jobs[0].charge.value().credits + some.jobs[1].charge.value().credits == 4);
    CHECK(some.jobs[2].charge.value().credits == 0);
    // Another lost request may have had its share; this one is charged in full.
    CHECK(verdicts(settle(request, due(unfindable() + with(6, 9)))) == std::vector(3, Verdict::lost));
    for (const auto& [low, high] : {std::pair<Credits, Credits>{0, 6}, {1, 1}, {2, 3}, {0, 1}, {8, 8}}) {
      CAPTURE(high);
      CHECK(verdicts(settle(request, due(unfindable() + with(low, high)))) == std::vector(3, Verdict::held));
    }
    CHECK(verdicts(settle(request, due(unfindable()))) == std::vector(3, Verdict::held));
    const auto elsewhere = UnexplainedUsage{{0, 0}, {2, 2}, false};
    CHECK(verdicts(settle(request, due(unfindable() + elsewhere))) == std::vector(3, Verdict::held));
    CHECK(verdicts(settle(lost(family, 2, 0), unfindable())) == std::vector(2, Verdict::released));
  }
}

}  // namespace
}  // namespace toksync::engine
