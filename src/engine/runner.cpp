#include "engine/runner.hpp"

#include <algorithm>
#include <map>

namespace toksync::engine {

std::vector<RunResult> run_side_by_side(std::span<Runner* const> runners, http::Transport& transport) {
  std::vector<RunResult> results(runners.size());
  std::map<std::size_t, Runner*> active;
  for (std::size_t index = 0; index < runners.size(); ++index) active.emplace(index, runners[index]);
  while (!active.empty()) {
    std::erase_if(active, [&](const auto& entry) {
      if (entry.second->advance()) return false;
      results[entry.first] = entry.second->conclude();
      return true;
    });
    if (active.empty()) break;
    auto until = SteadyTime::max();
    for (const auto& [index, runner] : active) until = std::min(until, runner->next_wake());
    for (const auto& completion : transport.wait(until)) {
      for (const auto& [index, runner] : active) runner->apply(completion);
    }
  }
  return results;
}

}  // namespace toksync::engine
