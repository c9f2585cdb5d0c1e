// toksync check: every problem of every file, and nothing else.
#include <fmt/format.h>

#include "base/secret.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"

namespace toksync::cli {
namespace {

/// Files that are fine, and what is wrong with the others.
struct Verdict {
  Json files = Json::array();
  std::vector<pipeline::Problem> problems;
};

void check_file(const std::string& path, const Options& options, Verdict& verdict) {
  const auto loaded = pipeline::load_pipeline(path, process_environment());
  verdict.files.push_back({{"file", redact(path)}, {"valid", loaded.has_value()}});
  if (!loaded) {
    verdict.problems.insert(verdict.problems.end(), loaded.error().begin(), loaded.error().end());
    return;
  }
  verdict.files.back()["pipeline"] = loaded->name;
  if (options.json || options.quiet) return;
  const auto size = [](const auto& parts) { return static_cast<std::int64_t>(parts.size()); };
  fmt::print("{}: ok (pipeline {}, {})\n", printable(path), loaded->name,
             loaded->mirrors.empty() ? count(size(loaded->keyword_sets), "keyword set")
                                     : count(size(loaded->mirrors), "list"));
}

}  // namespace

int check(World& world, const Options& options) {
  Verdict verdict;
  for (const auto& path : options.pipelines) check_file(path, options, verdict);
  const bool valid = verdict.problems.empty();
  for (const auto& problem : verdict.problems) fmt::print(stderr, "{}\n", printable(redact(problem.text())));
  if (!valid) {
    fmt::print(stderr, "{} {}\n", world.err.red("toksync:"),
               count(static_cast<std::int64_t>(verdict.problems.size()), "problem"));
  }
  if (options.json) {
    print_json({{"valid", valid}, {"problems", to_json(verdict.problems)}, {"files", verdict.files}});
  }
  return valid ? kExitDone : kExitUsage;
}

}  // namespace toksync::cli
