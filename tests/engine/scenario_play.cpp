// Plays scenarios and judges how they ended.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "auditor.hpp"
#include "scenario.hpp"

namespace toksync::engine::test {
namespace {

constexpr int kMostRepeats = 6;

struct Family {
  const char* name;
  const char* path;
  const char* operation;
};

constexpr std::array<Family, 6> kFamilies{
    {{"search", "/v1/creators/discovery-search", "creator_discovery_search_per_100"},
     {"search", "/v1/creators/search", "creator_search"},
     {"enrich", "/v1/creators/enrich", "profile_enrichment"},
     {"content_match", "/v1/creators/content-match", "content_match"},
     {"audience_match", "/v1/creators/audience-match", "audience_match"},
     {"thought_leaders", "/v1/creators/thought-leaders", "thought_leaders"}}};

class Play {
 public:
  explicit Play(const Scenario& scenario) : scenario_(scenario), night_(scenario.pipeline) {
    night_.api = scenario.world;
    night_.clock.advance(scenario.starts_after);
    const auto begin = night_.clock.wall();
    for (const auto& happening : scenario.happenings) happening.plan(night_.api, begin + happening.after);
  }

  void to_the_end() {
    for (const auto& process : scenario_.processes) play(process);
    night_.pipeline = scenario_.pipeline;
    night_.options = {};
    night_.api.faults.clear();
    finish();
    night_.api.pass(night_.clock.wall() + std::chrono::days{365});
    judge();
  }

 private:
  void play(const ProcessPlan& process) {
    night_.clock.advance(process.pause);
    night_.start_new_run = process.new_run;
    night_.dies_at = process.dies_at;
    night_.pipeline = process.changed_pipeline ? changed_pipeline() : scenario_.pipeline;
    night_.options = {};
    night_.options.max_duration = process.max_duration;
    if (process.signal_after) {
      night_.options.signal = [rounds = *process.signal_after]() mutable { return --rounds < 0 ? 15 : 0; };
    }
    night_.api.faults.clear();
    for (const auto& named : process.faults) night_.api.faults.push_back(named.fault);
    (void)night_.play_and_die();
    night_.dies_at.reset();
    night_.start_new_run = false;
  }

  [[nodiscard]] pipeline::Pipeline changed_pipeline() const {
    auto changed = scenario_.pipeline;
    if (changed.keyword_sets.size() > 1) changed.keyword_sets.pop_back();
    changed.sha256 = "1f";
    return changed;
  }

  /// Nothing is in the way any more but limits, the account and what the API refuses for good.
  void finish() {
    for (int i = 0; i < kMostRepeats; ++i) {
      result_ = night_.play();
      if (result_.exit_code() != 5) return;
    }
    throw Violation("the run does not come to its end, although nothing goes wrong any more");
  }

  void judge() {
    check_end();
    check_database();
    check_bought_once();
    for (const auto& family : kFamilies) check_family(family);
    check_stored();
  }

  void check_end() {
    const auto code = result_.exit_code();
    const auto in_doubt = count("SELECT count(*) FROM jobs WHERE status = 'ambiguous'");
    if (code == 0) {
      none(
          "SELECT count(*) FROM job_rows JOIN intents USING (intent_key) WHERE status = 'ambiguous'"
          " AND run_key = (SELECT max(run_key) FROM run_rows)",
          "exit 0, and something is ambiguous");
    }
    if (code == 4) throw Violation("exit 4, and nobody refused the key");
    const bool plain = !scenario_.world.balance && !limits() && scenario_.world.failing.empty() &&
                       scenario_.world.without_profile.empty() && scenario_.world.never_ending.empty() &&
                       scenario_.world.unknown_jobs.empty() && scenario_.world.expired_jobs.empty() &&
                       count("SELECT count(*) FROM jobs WHERE status IN ('failed', 'expired')") == 0;
    if (!plain) return;
    // What an earlier run left in doubt counts as failed in a stage that was finished before this process.
    if (code == 3 && in_doubt > 0) return;
    if (code != 0 && code != 6) throw Violation(fmt::format("exit {}, and nothing was in the way", code));
    if (code == 6 && in_doubt == 0) throw Violation("exit 6, and nothing is ambiguous");
    none("SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')", "a job is left behind");
  }

  [[nodiscard]] bool limits() const {
    const auto& budget = scenario_.pipeline.budget;
    return budget.max_credits_per_run || budget.max_credits_per_month;
  }

  void check_database() {
    none("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", "the database is damaged");
    none("SELECT count(*) FROM pragma_foreign_key_check", "a foreign key leads nowhere");
    none("SELECT count(*) FROM jobs WHERE status IN ('intent', 'sent')", "a request is neither sent nor given up");
  }

  // --- paid once ---

  [[nodiscard]] Seconds least_refresh(const std::string& path) const {
    auto least = Seconds::max();
    const auto consider = [&](const RefreshAfter& refresh) {
      least = std::min(least, refresh.value_or(Seconds::max()));
    };
    for (const auto& set : scenario_.pipeline.keyword_sets) {
      if (set.enrich && path.ends_with("enrich")) consider(set.enrich->refresh_after);
      if (set.content_match && path.ends_with("content-match")) consider(set.content_match->refresh_after);
      if (set.audience_match && path.ends_with("audience-match")) consider(set.audience_match->refresh_after);
      if (set.thought_leaders && path.ends_with("thought-leaders")) consider(set.thought_leaders->refresh_after);
    }
    return least;
  }

  /// Whether the first one brought nothing, so that a later run may try again.
  [[nodiscard]] bool came_to_nothing(const BillLine& line) const {
    const int creator = line.operation.ends_with("leaders") ? 0 : std::stoi(line.about.substr(24));
    const auto& world = scenario_.world;
    return world.failing.contains(creator) || world.unknown_jobs.contains(creator) ||
           world.expired_jobs.contains(creator);
  }

  [[nodiscard]] bool may_follow(const BillLine& first, const BillLine& second) const {
    const auto& starts = night_.run_starts();
    const bool another_run = std::ranges::any_of(starts, [&](WallTime at) { return first.at < at && at <= second.at; });
    if (!another_run) return false;
    return came_to_nothing(first) || second.at - first.at >= least_refresh(first.operation);
  }

  void check_bought_once() const {
    auto lines = night_.api.bill();
    // A job of thought leaders that analyzed nobody cost nothing, and leaves no trace.
    std::erase_if(lines, [](const BillLine& line) { return line.operation.ends_with("search") || line.credits == 0; });
    const auto work_of = [](const BillLine& line) { return std::tie(line.operation, line.about, line.criteria); };
    std::ranges::stable_sort(lines, {}, work_of);
    for (std::size_t i = 1; i < lines.size(); ++i) {
      if (work_of(lines[i]) != work_of(lines[i - 1]) || may_follow(lines[i - 1], lines[i])) continue;
      throw Violation(fmt::format("bought twice: {} for {}, at {} and {}", lines[i].operation, lines[i].about,
                                  to_iso8601(lines[i - 1].at), to_iso8601(lines[i].at)));
    }
  }

  // --- the ledger is the bill ---

  [[nodiscard]] bool is_told(const Family& family) const {
    const auto& world = scenario_.world;
    if (std::string_view(family.name) == "search" && world.price_factors.contains("creator_search")) {
      return world.charges_are_told;
    }
    const bool leaders = std::string_view(family.name) == "thought_leaders";
    if (leaders && world.unknown_jobs.contains(0)) return false;
    return !world.price_factors.contains(family.operation) || (world.charges_are_told && !leaders);
  }

  void check_family(const Family& family) {
    const std::string where = fmt::format(" FROM job_rows WHERE family = '{}'", family.name);
    const auto& bill = night_.api.bill();
    const auto of_family = [&](const BillLine& line) {
      return std::ranges::any_of(kFamilies, [&](const Family& other) {
        return std::string_view(other.name) == family.name && line.operation == other.path;
      });
    };
    // A job of thought leaders that analyzed nobody cost nothing, and leaves no trace when it is lost.
    const auto costs = [&](const BillLine& line) { return of_family(line) && line.credits > 0; };
    const auto lines = std::ranges::count_if(bill, costs);
    const auto sent = count("SELECT count(*)" + where + " AND status NOT IN ('intent', 'canceled')");
    if (lines > sent) {
      throw Violation(fmt::format("{}: {} were paid for, the database knows of {}", family.name, lines, sent));
    }
    // What a lost request cost is told by nobody where the price is not the table's.
    const auto found_out = count("SELECT count(*) FROM job_evidence e JOIN job_rows USING (job_key) WHERE family = '" +
                                 std::string(family.name) + "' AND decision IS NOT NULL");
    const bool is_odd = scenario_.world.price_factors.contains(family.operation) ||
                        (std::string_view(family.name) == "search" && !scenario_.world.price_factors.empty());
    if (is_odd && found_out > 0) return;
    if (!is_told(family) || count("SELECT count(*)" + where + " AND status = 'ambiguous'") > 0) return;
    Credits billed = 0;
    for (const auto& line : bill) billed += of_family(line) ? line.held : 0;
    const auto booked = count("SELECT coalesce(sum(credits_charged + credits_open), 0)" + where);
    // What somebody else bought at that time can look the same as a lost request, and a record of the minutes before it
    // can where the usage is not told: then it is booked, rather than bought again.
    const bool is_enrichment = std::string_view(family.name) == "enrich";
    const bool is_alike = is_enrichment || !scenario_.world.operations_are_told;
    const bool may_be_mistaken =
        (is_alike && night_.api.has_others()) || (is_enrichment && !scenario_.world.usage_is_allowed);
    if (billed == booked || (found_out > 0 && may_be_mistaken && billed < booked)) return;
    throw Violation(fmt::format("{}: the bill says {}, the ledger {}", family.name, billed, booked));
  }

  // --- what was paid for is there ---

  void check_stored() {
    for (const auto& line : night_.api.bill()) {
      if (line.operation.ends_with("search") || line.operation.ends_with("leaders")) continue;
      const auto family = std::ranges::find(kFamilies, line.operation, [](const Family& f) { return f.path; });
      none(fmt::format("SELECT NOT EXISTS (SELECT 1 FROM jobs WHERE family = '{}' AND creator_id = '{}'"
                       " AND status NOT IN ('intent', 'canceled'))",
                       family->name, line.about),
           "a creator was paid for, and the database does not know");
    }
    const auto without = [&](const std::string& family, const std::string& table, const std::string& key) {
      none(fmt::format("SELECT count(*) FROM job_rows j WHERE family = '{}' AND status = 'succeeded'"
                       " AND NOT EXISTS (SELECT 1 FROM {} r WHERE r.{} = j.{})",
                       family, table, key, key),
           "a job succeeded, and its result is not there");
    };
    without("enrich", "enrichment_rows", "creator_key");
    without("content_match", "content_match_rows", "job_key");
    without("audience_match", "audience_match_rows", "job_key");
    without("thought_leaders", "thought_leader_rows", "job_key");
  }

  [[nodiscard]] std::int64_t count(const std::string& sql) { return night_.ask(sql); }
  void none(const std::string& sql, const char* what) {
    if (count(sql) != 0) throw Violation(what);
  }

  const Scenario& scenario_;
  Night night_;
  RunResult result_;
};

}  // namespace

std::string play_scenario(const Scenario& scenario) {
  Play play(scenario);
  try {
    play.to_the_end();
  } catch (const Violation& violation) {
    return violation.what();
  } catch (const std::exception& error) {
    return std::string("it threw: ") + error.what();
  }
  return {};
}

}  // namespace toksync::engine::test
