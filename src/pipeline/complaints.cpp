#include "pipeline/complaints.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/secret.hpp"

namespace toksync::pipeline {

std::string Problem::text() const {
  return line == 0 ? fmt::format("{}: {}", file, message) : fmt::format("{}:{}:{}: {}", file, line, column, message);
}

void Complaints::add(Position at, std::string_view path, std::string_view message) {
  const auto whole = path.empty() ? std::string{message} : fmt::format("{}: {}", path, message);
  problems_.push_back({file_, at.line, at.column, redact(whole)});
}

bool Complaints::has_line(int line) const {
  return std::ranges::any_of(problems_, [line](const Problem& problem) { return problem.line == line; });
}

std::vector<Problem> Complaints::in_file_order() const {
  auto problems = problems_;
  const auto place = [](const Problem& problem) { return std::pair{problem.line, problem.column}; };
  std::ranges::stable_sort(problems, {}, place);
  std::vector<Problem> told;
  for (auto& problem : problems) {
    // Repetitions share a position, but another complaint about it may stand between them.
    const auto elsewhere =
        std::find_if(told.rbegin(), told.rend(), [&](const Problem& other) { return place(other) != place(problem); });
    const bool known =
        std::any_of(told.rbegin(), elsewhere, [&](const Problem& other) { return other.message == problem.message; });
    if (!known) told.push_back(std::move(problem));
  }
  return told;
}

}  // namespace toksync::pipeline
