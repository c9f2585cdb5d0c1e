#include <algorithm>

#include <doctest/doctest.h>

#include "pipelines.hpp"
#include "plan/graph.hpp"

namespace toksync::plan {
namespace {

using test::full_set;
using test::pipeline_of;
using test::set_with;
using Stages = std::vector<StageName>;

Stages stages_at(const Graph& graph, const std::vector<UnitIndex>& indices) {
  Stages names;
  for (const auto index : indices) names.push_back(graph.unit(index).stage);
  std::ranges::sort(names);
  return names;
}

UnitIndex find(const Graph& graph, StageName stage, std::size_t set = 0) { return graph.find(set, stage).value(); }

void finish(Graph& graph, StageName stage, bool usable = true, std::size_t set = 0) {
  graph.begin(find(graph, stage, set));
  graph.finish(find(graph, stage, set), usable);
}

TEST_CASE("every combination of stages is linked as the interface draws it") {
  for (unsigned bits = 0; bits < 32; ++bits) {
    CAPTURE(bits);
    Stages wanted;
    for (const auto stage : kAllStages) {
      if ((bits >> static_cast<unsigned>(stage)) & 1U) wanted.push_back(stage);
    }
    const auto graph = Graph::of(pipeline_of({set_with("saas", wanted)}), {});
    const auto runs = [&](StageName stage) { return std::ranges::find(wanted, stage) != wanted.end(); };
    const auto only = [&](Stages stages) {
      std::erase_if(stages, [&](StageName stage) { return !runs(stage); });
      return stages;
    };
    CHECK(graph.units().size() == wanted.size());
    for (const auto& unit : graph.units()) {
      CAPTURE(to_string(unit.stage));
      CHECK(unit.buys);
      const bool chooses = unit.stage == StageName::content_match || unit.stage == StageName::audience_match;
      Stages inputs;
      if (unit.stage == StageName::enrich) inputs = only({StageName::search});
      if (chooses) inputs = only({StageName::search, StageName::enrich});
      CHECK(stages_at(graph, unit.inputs) == inputs);
      Stages after;
      if (unit.stage == StageName::thought_leaders) {
        after = only({StageName::search, StageName::enrich, StageName::content_match, StageName::audience_match});
      }
      CHECK(stages_at(graph, unit.after) == after);
    }
  }
}

TEST_CASE("audience_match waits for content_match when it selects by its score, and only then") {
  const auto waits = [](const auto& change) {
    auto set = full_set("saas");
    change(set.audience_match->select);
    const auto graph = Graph::of(pipeline_of({set}), {});
    const auto inputs = stages_at(graph, graph.unit(find(graph, StageName::audience_match)).inputs);
    return std::ranges::find(inputs, StageName::content_match) != inputs.end();
  };
  CHECK_FALSE(waits([](Select& select) { select.order_by = OrderBy::followers; }));
  CHECK(waits([](Select& select) { select.order_by = OrderBy::content_score; }));
  CHECK(waits([](Select& select) { select.bounds[Measure::content_score] = {60.0, std::nullopt}; }));
  CHECK_FALSE(waits([](Select& select) { select.bounds[Measure::followers] = {60.0, std::nullopt}; }));
}

TEST_CASE("units become ready in the order of the stages, the two matches side by side") {
  auto graph = Graph::of(pipeline_of({full_set("saas")}), {});
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::search});
  graph.begin(find(graph, StageName::search));
  CHECK(graph.ready(false).empty());
  graph.finish(find(graph, StageName::search), true);
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::enrich});
  finish(graph, StageName::enrich);
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::content_match, StageName::audience_match});
  finish(graph, StageName::content_match);
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::audience_match});
  finish(graph, StageName::audience_match);
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::thought_leaders});
  CHECK_FALSE(graph.finished());
  finish(graph, StageName::thought_leaders);
  CHECK(graph.finished());
  CHECK(graph.ready(false).empty());
}

TEST_CASE("keyword sets do not wait for each other") {
  auto graph = Graph::of(pipeline_of({full_set("a"), full_set("b")}), {});
  CHECK(graph.ready(false).size() == 2);
  finish(graph, StageName::search, true, 1);
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::search, StageName::enrich});
}

TEST_CASE("what an unusable unit feeds is starved, what merely comes after it is not") {
  auto graph = Graph::of(pipeline_of({full_set("saas")}), {});
  finish(graph, StageName::search, false);
  CHECK(graph.ready(false).empty());
  CHECK(stages_at(graph, graph.starved()) ==
        Stages{StageName::enrich, StageName::content_match, StageName::audience_match});
  for (const auto index : graph.starved()) graph.finish(index, false);
  CHECK(graph.starved().empty());
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::thought_leaders});
}

TEST_CASE("without the scores of content_match nobody is chosen by them") {
  auto set = full_set("saas");
  set.audience_match->select.order_by = OrderBy::content_score;
  auto graph = Graph::of(pipeline_of({set}), {});
  finish(graph, StageName::search);
  finish(graph, StageName::enrich);
  CHECK(stages_at(graph, graph.ready(false)) == Stages{StageName::content_match});
  finish(graph, StageName::content_match, false);
  CHECK(graph.ready(false).empty());
  CHECK(stages_at(graph, graph.starved()) == Stages{StageName::audience_match});
}

TEST_CASE("a scope keeps the stages it leaves out as choosers that buy nothing") {
  const auto pipeline = pipeline_of({full_set("a"), full_set("b")});
  const auto graph = Graph::of(pipeline, {{StageName::content_match}, {"b"}});
  CHECK_FALSE(graph.find(0, StageName::search).has_value());
  REQUIRE(graph.units().size() == 4);
  CHECK_FALSE(graph.find(1, StageName::thought_leaders).has_value());
  for (const auto& unit : graph.units()) {
    CAPTURE(to_string(unit.stage));
    CHECK(unit.keyword_set == 1);
    CHECK(unit.buys == (unit.stage == StageName::content_match));
  }
}

TEST_CASE("a scope must name what the pipeline has") {
  const auto pipeline = pipeline_of({set_with("a", {StageName::search}), set_with("b", {StageName::enrich})});
  CHECK(check_scope(pipeline, {}).has_value());
  CHECK(check_scope(pipeline, {{StageName::search, StageName::enrich}, {"a", "b"}}).has_value());
  const auto unknown_set = check_scope(pipeline, {{}, {"a", "c"}});
  REQUIRE_FALSE(unknown_set.has_value());
  CHECK(unknown_set.error().kind == ErrorKind::usage);
  CHECK(unknown_set.error().text().find("--keyword-set c") != std::string::npos);
  const auto unused_stage = check_scope(pipeline, {{StageName::content_match}, {}});
  REQUIRE_FALSE(unused_stage.has_value());
  CHECK(unused_stage.error().kind == ErrorKind::usage);
  CHECK(unused_stage.error().text().find("content_match") != std::string::npos);
}

}  // namespace
}  // namespace toksync::plan
