#include "cli/mirror_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "cli/print/table.hpp"
#include "store/mirrors.hpp"

namespace toksync::cli {
namespace {

// Rows on a page of either API.
constexpr std::int64_t kRowsOfPage = 100;

struct ListPlan {
  std::string name;
  std::optional<store::WalkRow> last;  ///< the last walk that came to its end
  std::optional<std::string> last_at;
  std::string asks;  ///< in words
  /// By what the last walk brought; unknown before the first.
  std::optional<std::int64_t> requests;
};

std::int64_t pages_of(std::int64_t rows) { return std::max<std::int64_t>(1, (rows + kRowsOfPage - 1) / kRowsOfPage); }

ListPlan plan_list(store::Mirrors& mirrors, const MirrorResource& resource, const MirrorConfig& config,
                   const std::string& source) {
  ListPlan plan{.name = config.resource, .last = mirrors.last_complete_walk(source, resource.name)};
  const std::int64_t rows = plan.last ? plan.last->rows_read : 0;
  switch (resource.slicing) {
    case Slicing::whole:
      plan.asks = plan.last && plan.last->watermark ? "since " + short_time(*plan.last->watermark) : "all of it";
      if (plan.last) plan.requests = pages_of(rows);
      break;
    case Slicing::variants:
      plan.asks = count(static_cast<std::int64_t>(resource.variants.size()), "metric");
      plan.requests = static_cast<std::int64_t>(resource.variants.size());
      break;
    case Slicing::parents: {
      const auto parents = static_cast<std::int64_t>(mirrors.parents(resource, source).size());
      plan.asks = fmt::format("one by one, for each of {}", resource.parent);
      if (parents > 0) plan.requests = std::max(parents, rows / kRowsOfPage);
      break;
    }
    case Slicing::days: {
      const auto window = plan.last ? config.window : std::max(config.window, config.first_window);
      const auto days = std::chrono::ceil<std::chrono::days>(window).count();
      plan.asks = fmt::format("the last {}", count(days, "day"));
      plan.requests = std::max<std::int64_t>(days, pages_of(rows));
      break;
    }
  }
  return plan;
}

std::string to_text(const pipeline::Pipeline& pipeline, const std::vector<ListPlan>& lists, const Terminal& terminal) {
  Table table({{"list"},
               {"asks for"},
               {"last read", Align::right},
               {"rows then", Align::right},
               {"requests, about", Align::right}});
  std::int64_t requests = 0;
  bool all_known = true;
  for (const auto& list : lists) {
    table.add({list.name, list.asks, list.last_at ? short_time(*list.last_at) : "never",
               list.last ? std::to_string(list.last->rows_read) : "",
               list.requests ? std::to_string(*list.requests) : "?"});
    requests += list.requests.value_or(0);
    all_known = all_known && list.requests.has_value();
  }
  auto text = fmt::format("A run of pipeline {} reads {} of {}, free of credits.\n\n", pipeline.name,
                          count(static_cast<std::int64_t>(lists.size()), "list"), pipeline.source.api);
  text += table.text(terminal);
  text += fmt::format("\nRequests: about {}{}\n", requests,
                      all_known ? "" : ", and those of the lists that were never read");
  return text;
}

Json to_json(const pipeline::Pipeline& pipeline, const std::vector<ListPlan>& lists) {
  auto described = Json::array();
  for (const auto& list : lists) {
    described.push_back({{"list", list.name},
                         {"asks_for", list.asks},
                         {"last_read_at", json_of(list.last_at)},
                         {"rows_then", list.last ? Json(list.last->rows_read) : Json(nullptr)},
                         {"requests", json_of(list.requests)}});
  }
  return {{"pipeline", pipeline.name},
          {"api", pipeline.source.api},
          {"source", pipeline.source.name.value_or(pipeline.name)},
          {"mirrors", std::move(described)},
          {"credits_at_most", 0}};
}

}  // namespace

int print_mirror_plan(World& world, const Options& options, const pipeline::Pipeline& pipeline) {
  const auto provider = connect_mirror(pipeline.source, {});
  if (!provider) return fail(world, options, provider.error());
  auto store = open_for_plan(world, pipeline.database_path);
  if (!store) return fail(world, options, store.error());
  store::Mirrors mirrors(*store);
  std::vector<ListPlan> lists;
  for (const auto& resource : (*provider)->resources()) {
    const auto config = std::ranges::find(pipeline.mirrors, resource.name, &MirrorConfig::resource);
    if (config == pipeline.mirrors.end()) continue;
    auto list = plan_list(mirrors, resource, *config, pipeline.source.name.value_or(pipeline.name));
    if (list.last) list.last_at = list.last->finished_at;
    lists.push_back(std::move(list));
  }
  if (options.json) {
    print_json(to_json(pipeline, lists));
  } else {
    fmt::print("{}", to_text(pipeline, lists, world.out));
  }
  return kExitDone;
}

}  // namespace toksync::cli
