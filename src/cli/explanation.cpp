#include "cli/explanation.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "plan/choice.hpp"
#include "stages/stage.hpp"

namespace toksync::cli {
namespace {

constexpr int kJobsLookedAt = 10'000;
constexpr std::size_t kShownAtMost = 10;

/// The stages of one keyword set in one run, as far as they began.
using Standings = std::map<StageName, const store::StandingRow*>;

/// One creator, run by run.
class Explainer {
 public:
  Explainer(store::Store& store, const store::KnownCreator& creator) : store_(store), creator_(creator) {}

  Explanation explain() {
    Explanation explanation{
        creator_, {}, store::list_jobs(store_, {.creator = creator_.key, .limit = kJobsLookedAt}), 0, 0};
    std::ranges::reverse(explanation.jobs);
    for (const auto& job : explanation.jobs) {
      explanation.charged += job.credits_charged;
      if (!is_final(job.status)) explanation.open += job.credits_reserved - job.credits_charged;
    }
    const auto rows = store::standings_of(store_, creator_.key);
    std::map<std::pair<RunKey, std::string>, Standings> sets;
    for (const auto& row : rows) sets[{row.run, row.stage.keyword_set}][row.stage.stage] = &row;
    for (const auto& row : rows) {
      if (!is_about_creator(row, sets[{row.run, row.stage.keyword_set}])) continue;
      explanation.stages.push_back({row.pipeline, row.stage.keyword_set, row.run_id, row.stage.stage,
                                    sentence(row, sets[{row.run, row.stage.keyword_set}], explanation.jobs)});
    }
    return explanation;
  }

 private:
  /// Whom a search did not find is nobody to the stages behind it, and whom a backfill was not given is nobody to it.
  static bool is_about_creator(const store::StandingRow& row, const Standings& set) {
    if (row.stage.stage == StageName::thought_leaders) return false;
    if (row.stage.stage == StageName::search || row.decision) return true;
    const auto search = set.find(StageName::search);
    if (search != set.end()) return search->second->rank > 0;
    return std::ranges::any_of(set, [](const auto& entry) { return entry.second->decision.has_value(); });
  }

  std::string sentence(const store::StandingRow& row, const Standings& set, const std::vector<store::JobRow>& jobs) {
    if (row.stage.stage == StageName::search) return search_sentence(row);
    return row.decision ? decision_sentence(row, jobs) : reason_against(row, set, jobs);
  }

  static std::string search_sentence(const store::StandingRow& row) {
    if (row.rank > 0) return fmt::format("found, at rank {} of {}", row.rank, row.stage.items_done);
    return fmt::format("not among the {} that it found", row.stage.items_done);
  }

  /// What became of work that the stage chose.
  std::string decision_sentence(const store::StandingRow& row, const std::vector<store::JobRow>& jobs) {
    const auto bought = std::ranges::find_if(jobs.rbegin(), jobs.rend(), [&](const store::JobRow& job) {
      return job.family == row.stage.stage && job.run_id == row.run_id;
    });
    if (bought != jobs.rend()) return purchase_sentence(*bought);
    if (*row.decision == store::Decision::fresh) return fresh_sentence(row, jobs);
    if (*row.decision == store::Decision::outstanding) {
      return "not bought again: it was paid for already, for another keyword set or by an earlier run";
    }
    if (*row.decision == store::Decision::held) return "not bought: an earlier purchase was in doubt";
    if (*row.decision == store::Decision::failed) return "not bought: it had failed or its result was lost before";
    if (*row.decision == store::Decision::unaffordable) return "not bought: the budget had no credits left for it";
    return "chosen, and not bought yet: " + row.stage.error.value_or("the run did not get there");
  }

  static std::string fresh_sentence(const store::StandingRow& row, const std::vector<store::JobRow>& jobs) {
    const auto is_it = [&](const store::JobRow& job) {
      const bool same_work = job.family == StageName::enrich || job.keyword_set == row.stage.keyword_set;
      return job.family == row.stage.stage && same_work && job.status == JobStatus::succeeded;
    };
    const auto known = std::ranges::find_if(jobs.rbegin(), jobs.rend(), is_it);
    if (known == jobs.rend()) return "not bought again: what was known was young enough";
    return "not bought again: " + purchase_sentence(*known) + ", and young enough";
  }

  static std::string purchase_sentence(const store::JobRow& job) {
    const auto when = job.submitted_at ? " " + short_time(*job.submitted_at) : "";
    const auto price = count(job.credits_charged, "credit");
    switch (job.status) {
      case JobStatus::succeeded:
        if (job.credits_charged == 0) return fmt::format("fetched{}, free of charge", when);
        return fmt::format("bought{} for {}", when, price);
      case JobStatus::ambiguous:
        return fmt::format("asked for{}, and the answer was lost: {} in doubt, see toksync jobs show {}", when,
                           count(job.credits_reserved, "credit"), raw(job.job));
      case JobStatus::failed:
      case JobStatus::expired:
      case JobStatus::canceled: {
        const auto message = job.error_message.value_or("");
        const auto told = job.error_code.value_or("") + (message.empty() ? "" : ": " + message);
        return fmt::format("asked for{}, and {} ({}), for {}", when, to_string(job.status), told, price);
      }
      default: return fmt::format("asked for{}, and awaited: toksync collect fetches it", when);
    }
  }

  std::string reason_against(const store::StandingRow& row, const Standings& set,
                             const std::vector<store::JobRow>& jobs) {
    const auto before = [&](StageName stage) {
      const auto found = set.find(stage);
      return found == set.end() ? nullptr : found->second;
    };
    const auto* const search = before(StageName::search);
    const auto* const enrich = row.stage.stage == StageName::enrich ? nullptr : before(StageName::enrich);
    if (enrich != nullptr && !enrich->decision) return "not chosen: enrich did not choose this creator";
    const auto has_profile = [](const store::JobRow& job) {
      return job.family == StageName::enrich && job.status == JobStatus::succeeded;
    };
    if (enrich != nullptr && std::ranges::none_of(jobs, has_profile)) return "not chosen: enrich brought nothing";
    if (row.stage.status == store::StageStatus::skipped) return "not looked at: an earlier stage did not finish";
    const auto* const keyword_set = config_of(row);
    if (search == nullptr || keyword_set == nullptr) return "not chosen";
    const auto choice = stages::stage(row.stage.stage).choice(*keyword_set);
    if (!choice) return "not chosen";
    const auto candidates = store_.candidates(query_of(*search, *keyword_set), {&creator_.key, 1});
    if (candidates.empty()) return "not chosen";
    auto text = plan::why_not_chosen(candidates.front(), choice->select);
    return "not chosen: " + text.substr(text.find(' ') + 1);
  }

  store::CandidateQuery query_of(const store::StandingRow& search, const KeywordSet& set) {
    const auto criteria_of = [&](StageName stage) -> std::optional<CriteriaKey> {
      const auto purchases = stages::stage(stage).purchases(set);
      return purchases.empty() ? std::nullopt : store_.find_criteria(stage, purchases.front().criteria);
    };
    return {search.stage.key, {}, criteria_of(StageName::content_match), criteria_of(StageName::audience_match)};
  }

  /// The keyword set as the run's pipeline had it; nothing when that cannot be read any more.
  const KeywordSet* config_of(const store::StandingRow& row) {
    auto known = pipelines_.find(row.run);
    if (known == pipelines_.end()) {
      auto parsed = pipeline::parse_pipeline(store::pipeline_toml_of(store_, row.run), "run", process_environment());
      known = pipelines_.emplace(row.run, parsed ? std::move(parsed->keyword_sets) : std::vector<KeywordSet>{}).first;
    }
    const auto& sets = known->second;
    const auto found = std::ranges::find(sets, row.stage.keyword_set, &KeywordSet::name);
    return found == sets.end() ? nullptr : &*found;
  }

  store::Store& store_;
  const store::KnownCreator& creator_;
  std::map<RunKey, std::vector<KeywordSet>> pipelines_;
};

}  // namespace

Expected<store::KnownCreator> find_creator(store::Store& store, const std::string& who) {
  const auto found = store::find_creators(store, {&who, 1}, true).front();
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return unexpected(ErrorKind::usage, "find creator " + who, "nobody here has that id, handle, name or profile URL",
                      "the relation creators lists them");
  }
  std::string list;
  for (std::size_t i = 0; i < std::min(found.size(), kShownAtMost); ++i) {
    list += fmt::format("{}{} ({}, {})", i == 0 ? "" : ", ", found[i].creator_id, found[i].platform.value_or("?"),
                        found[i].profile_url.value_or(found[i].handle.value_or("?")));
  }
  if (found.size() > kShownAtMost) list += fmt::format(" and {} more", found.size() - kShownAtMost);
  return unexpected(ErrorKind::usage, "find creator " + who,
                    fmt::format("{} creators are called that: {}", found.size(), list),
                    "name one by id or profile URL");
}

Explanation explain(store::Store& store, const store::KnownCreator& creator) {
  return Explainer(store, creator).explain();
}

}  // namespace toksync::cli
