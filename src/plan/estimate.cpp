#include "plan/estimate.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "plan/choice.hpp"
#include "plan/picking_up.hpp"
#include "plan/publishing.hpp"
#include "stages/search.hpp"
#include "stages/stage.hpp"
#include "store/creator_search.hpp"
#include "store/moment.hpp"
#include "store/reports.hpp"

namespace toksync::plan {
namespace {

using store::Candidate;
using store::Decision;
using store::StageStatus;

constexpr std::int64_t kJobsPerRead = 50, kThoughtLeaderJobsPerPoll = 20;
// How long it is believed that jobs take as long as they did.
constexpr std::chrono::days kFactsAge{30};

// One before anything is bought, one to compare at the end.
constexpr std::int64_t kUsageReadings = 2;

constexpr std::int64_t divide_up(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }

// What is known of them is read in parts, so that a plan of a hundred thousand creators stays small.
constexpr std::size_t kDecidedAtOnce = 1000;

/// What a plan supposes a keyword set's search to find.
struct Forecast {
  std::optional<StageKey> hits;  ///< the search whose hits stand for it
  bool certain = false;          ///< they are the very hits that the run will work on
  bool is_list = false;          ///< a backfill's creators stand for it
};

/// Creators in the order of their keys: lean, and what is looked up of them one after the other stands together.
using CreatorList = std::vector<CreatorKey>;

bool contains(const CreatorList& creators, CreatorKey creator) { return std::ranges::binary_search(creators, creator); }

void add_all(CreatorList& creators, const CreatorList& more) {
  const auto middle = static_cast<std::ptrdiff_t>(creators.size());
  creators.insert(creators.end(), more.begin(), more.end());
  std::ranges::inplace_merge(creators, creators.begin() + middle);
}

/// Candidates of a keyword set, which stay where they were read: a hundred thousand of them take 13 MB.
using Candidates = std::vector<const Candidate*>;

/// A backfill asks nothing of its creators, so that their order is all there is to know.
std::vector<Candidate> listed(const std::vector<CreatorKey>& creators) {
  std::vector<Candidate> candidates(creators.size());
  for (std::size_t i = 0; i < creators.size(); ++i) {
    candidates[i].creator = creators[i];
    candidates[i].rank = static_cast<std::int64_t>(i) + 1;
  }
  return candidates;
}

CreatorList in_order(const Candidates& candidates) {
  CreatorList keys(candidates.size());
  std::ranges::transform(candidates, keys.begin(), &Candidate::creator);
  std::ranges::sort(keys);
  return keys;
}

/// Prices one pipeline, keyword set by keyword set.
class Estimator {
 public:
  Estimator(const pipeline::Pipeline& pipeline, const PriceTable& prices, store::Store& store, WallTime now,
            const EstimateOptions& options)
      : pipeline_(pipeline),
        prices_(prices),
        store_(store),
        now_(now),
        options_(options),
        graph_(Graph::of(pipeline, options.scope)) {
    find_unfinished_run();
  }

  Estimate run() {
    for (std::size_t set = 0; set < pipeline_.keyword_sets.size(); ++set) {
      chosen_.clear();
      found_ = {};
      forecast_ = {};
      if (options_.backfill) {
        forecast_.is_list = forecast_.certain = true;
        chosen_at_most_ = static_cast<std::int64_t>(options_.backfill->creators.size());
      }
      buys_content_ = false;
      shortlist_.reset();
      for (const auto stage : kAllStages) {
        if (const auto unit = graph_.find(set, stage)) add(graph_.unit(*unit));
      }
      if (graph_.find(set, StageName::search)) add_extras(pipeline_.keyword_sets.at(set));
    }
    if (const auto left = static_cast<std::int64_t>(store_.pages_without_posts().size()); left > 0) {
      estimate_.extras.push_back({ExtraEstimate::Kind::hit_posts, "", left, 0, left});
    }
    add_job_chain();
    for (const auto& line : estimate_.stages) {
      estimate_.credits_expected += line.credits_expected;
      estimate_.credits_at_most += line.credits_at_most;
      estimate_.requests += line.requests;
    }
    for (const auto& line : estimate_.extras) estimate_.requests += line.requests;
    if (estimate_.credits_expected > 0) estimate_.usage_requests = kUsageReadings;
    const bool is_whole = options_.scope.stages.empty() && options_.scope.keyword_sets.empty();
    if (is_whole) estimate_.publish_requests = publishing_requests(pipeline_, store_);
    estimate_.requests += estimate_.usage_requests + estimate_.publish_requests;
    estimate_.least_time = least_time(estimate_.requests, options_.requests_per_minute);
    return std::move(estimate_);
  }

 private:
  void find_unfinished_run() {
    if (options_.start_new_run) return;
    const auto& backfill = options_.backfill;
    const auto unfinished = backfill ? backfill->unfinished : store_.unfinished_run(pipeline_.name);
    if (!unfinished || unfinished->pipeline_sha256 != pipeline_.sha256) return;
    if (!backfill && why_begin_anew(*unfinished, pipeline_, now_)) return;
    run_ = unfinished->key;
    estimate_.resumes = unfinished->run_id;
    for (auto& row : store::stages_of(store_, run_)) rows_.emplace(std::pair{row.keyword_set, row.stage}, row);
  }

  [[nodiscard]] const store::StageRow* row_of(const KeywordSet& set, StageName stage) const {
    const auto found = rows_.find({set.name, stage});
    return found == rows_.end() ? nullptr : &found->second;
  }

  static bool is_done(const store::StageRow* row) {
    return row != nullptr && (row->status == StageStatus::succeeded || row->status == StageStatus::partial);
  }

  void add(const Unit& unit) {
    const auto& set = pipeline_.keyword_sets.at(unit.keyword_set);
    const auto purchases = stages::stage(unit.stage).purchases(set);
    StageEstimate line;
    line.keyword_set = set.name;
    line.stage = unit.stage;
    line.price_item = purchases.front().price_item;
    line.price = prices_.at(line.price_item);
    if (unit.stage == StageName::search) {
      add_search(set, unit, purchases.front(), line);
    } else if (unit.stage == StageName::thought_leaders) {
      add_thought_leaders(set, purchases, line);
    } else {
      add_creators(set, unit, purchases.front(), line);
    }
    estimate_.stages.push_back(std::move(line));
  }

  void add_search(const KeywordSet& set, const Unit& unit, const stages::Purchase& purchase, StageEstimate& line) {
    const auto& config = set.search.value();
    const auto pages = divide_up(config.max_creators, stages::kLargestPage);
    const auto* const row = row_of(set, StageName::search);
    line.units = pages;
    chosen_at_most_ = config.max_creators;
    pages_to_walk_ = 0;
    if (is_done(row) && row != nullptr) {
      forecast_ = {row->key, true};
      chosen_at_most_ = row->items_done;
      line.done = pages;
      return;
    }
    const auto criteria = store_.find_criteria(StageName::search, purchase.criteria);
    const auto known = criteria ? store_.finished_search(*criteria) : std::nullopt;
    if (known) forecast_.hits = known->first;
    const bool young = known && is_young(known->second, config.refresh_after, now_);
    if (young || !unit.buys) {
      forecast_.certain = true;
      chosen_at_most_ = known ? store_.count_hits(known->first) : 0;
      line.fresh = pages;
      return;
    }
    const auto there = row != nullptr ? store_.count_hits(row->key) : 0;
    line.done = there / stages::kLargestPage;
    const auto missing = std::max<std::int64_t>(0, pages - line.done);
    line.credits_expected = line.credits_at_most = missing * line.price;
    line.requests = pages_to_walk_ = missing;
  }

  void add_creators(const KeywordSet& set, const Unit& unit, const stages::Purchase& purchase, StageEstimate& line) {
    const auto choice = stages::stage(unit.stage).choice(set).value();
    line.units = std::min<std::int64_t>(choice.select.top.value_or(std::numeric_limits<int>::max()), chosen_at_most_);
    if (unit.stage == StageName::enrich) chosen_at_most_ = line.units;
    if (const auto* const row = row_of(set, unit.stage); is_done(row) && row != nullptr) {
      line.done = line.units = row->items_done;
      shortlist_ = chosen_by(row->key);
      return;
    }
    shortlist_.reset();
    std::int64_t to_buy = line.units;
    if (is_foreseen()) to_buy = decide_all(set, unit, purchase, choice.select, line);
    if (!unit.buys) to_buy = 0;
    const bool all_known = forecast_.certain && is_foreseen();
    const auto at_most = all_known ? to_buy : unit.buys ? line.units : 0;
    line.credits_expected = to_buy * line.price;
    line.credits_at_most = at_most * line.price;
    line.requests =
        requests_for(set, unit.stage, to_buy, choice.batch_size) + divide_up(line.outstanding, kJobsPerRead);
  }

  [[nodiscard]] bool is_foreseen() const { return forecast_.hits || forecast_.is_list; }

  /// A decision, and why.
  using Decided = std::map<CreatorKey, std::pair<Decision, std::string>>;

  /// Decides on the forecast's creators; returns how many would have to be bought.
  std::int64_t decide_all(const KeywordSet& set, const Unit& unit, const stages::Purchase& purchase, Select select,
                          StageEstimate& line) {
    std::int64_t to_buy = 0;
    if (buys_content_) {
      // Scores that this very run is to bring cannot exclude anybody yet.
      select.bounds.erase(Measure::content_score);
      if (select.order_by == OrderBy::content_score) select.order_by = OrderBy::rank;
    }
    auto all = candidates(set, unit.stage);
    const auto ranked = options_.explain ? all : Candidates{};
    const auto chosen = in_order(choose(std::move(all), select));
    if (forecast_.certain) line.units = static_cast<std::int64_t>(chosen.size());
    Decided decided;
    CreatorList bought;
    for_each_state(unit.stage, purchase, chosen, [&](CreatorKey creator, const store::WorkState& state) {
      auto decision = decide(state, purchase.refresh_after, now_);
      if (decision == Decision::buy && unit.buys) {
        if (contains(planned_[{unit.stage, purchase.criteria}], creator)) {
          decision = Decision::outstanding;
        } else {
          bought.push_back(creator);
        }
      }
      to_buy += decision == Decision::buy ? 1 : 0;
      count(decision, line);
      if (options_.explain) decided.emplace(creator, std::pair{decision, why(decision, state, purchase.refresh_after)});
    });
    add_all(planned_[{unit.stage, purchase.criteria}], bought);
    if (unit.stage == StageName::enrich) chosen_ = chosen;
    if (forecast_.hits) shortlist_ = chosen;
    if (unit.stage == StageName::content_match) buys_content_ = to_buy > 0;
    if (options_.explain) explain(set, unit.stage, ranked, select, decided);
    return to_buy;
  }

  /// What the store knows of each creator's work, in the order given.
  template <typename Use>
  void for_each_state(StageName stage, const stages::Purchase& purchase, const CreatorList& creators, const Use& use) {
    const auto criteria = store_.find_criteria(stage, purchase.criteria);
    const std::span all{creators};
    for (std::size_t first = 0; first < all.size(); first += kDecidedAtOnce) {
      const auto part = all.subspan(first, std::min(kDecidedAtOnce, all.size() - first));
      const auto states =
          criteria ? store_.work_states(stage, *criteria, run_, part) : std::vector<store::WorkState>(part.size());
      for (std::size_t i = 0; i < part.size(); ++i) use(part[i], states[i]);
    }
  }

  /// Whom a stage may choose.
  Candidates candidates(const KeywordSet& set, StageName stage) {
    const auto* const enriched = stage == StageName::enrich ? nullptr : row_of(set, StageName::enrich);
    const bool chosen_already = is_done(enriched) && enriched != nullptr;
    read_candidates(set, chosen_already ? std::optional(enriched->key) : std::nullopt);
    const bool chosen_here = stage != StageName::enrich && set.enrich && !chosen_already;
    Candidates all;
    for (const auto& candidate : *found_.candidates) {
      if (!chosen_here || contains(chosen_, candidate.creator)) all.push_back(&candidate);
    }
    return all;
  }

  /// Once for all stages of a keyword set that choose from the same.
  void read_candidates(const KeywordSet& set, std::optional<StageKey> chosen_by) {
    if (found_.candidates && found_.chosen_by == chosen_by) return;
    const auto criteria_of = [&](StageName name) -> std::optional<CriteriaKey> {
      const auto purchases = stages::stage(name).purchases(set);
      if (purchases.empty()) return std::nullopt;
      return store_.find_criteria(name, purchases.front().criteria);
    };
    found_ = {};  // before the next are read: both together are large
    if (options_.backfill && !chosen_by) {
      found_ = {chosen_by, listed(options_.backfill->creators)};
      return;
    }
    found_ = {chosen_by, store_.candidates({forecast_.hits, chosen_by, criteria_of(StageName::content_match),
                                            criteria_of(StageName::audience_match), run_})};
  }

  void explain(const KeywordSet& set, StageName stage, const Candidates& all, const Select& select,
               const Decided& decided) {
    CreatorList creators(all.size());
    std::ranges::transform(all, creators.begin(), &Candidate::creator);
    const auto known = store::known_creators(store_, creators);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto found = decided.find(creators[i]);
      const bool chosen = found != decided.end();
      estimate_.reasons.push_back({set.name, stage, known[i].creator_id, known[i].name.value_or(""), all[i]->rank,
                                   chosen, chosen ? found->second.first : Decision::buy,
                                   chosen ? found->second.second : why_not_chosen(*all[i], select)});
    }
  }

  void add_thought_leaders(const KeywordSet& set, const std::vector<stages::Purchase>& purchases, StageEstimate& line) {
    line.units = static_cast<std::int64_t>(purchases.size());
    if (is_done(row_of(set, StageName::thought_leaders))) {
      line.done = line.units;
      return;
    }
    std::int64_t to_buy = 0;
    for (const auto& purchase : purchases) {
      const auto criteria = store_.find_criteria(StageName::thought_leaders, purchase.criteria);
      const auto state = criteria ? store_.work_state(StageName::thought_leaders, *criteria, run_) : store::WorkState{};
      auto decision = decide(state, purchase.refresh_after, now_);
      // Such a job is about no creator: the list of those holds an empty key.
      auto& planned = planned_[{StageName::thought_leaders, purchase.criteria}];
      if (decision == Decision::buy && !planned.empty()) decision = Decision::outstanding;
      if (decision == Decision::buy) planned.emplace_back();
      count(decision, line);
      if (decision != Decision::buy) continue;
      ++to_buy;
      line.credits_at_most += purchase.units * prices_.at(purchase.price_item);
    }
    line.credits_expected = line.credits_at_most;
    const auto per_poll = options_.reads_by_start ? 1 : kThoughtLeaderJobsPerPoll;
    line.requests = to_buy + divide_up(to_buy + line.outstanding, per_poll);
  }

  /// What is asked for besides; its requests are all that it costs.
  void add_extras(const KeywordSet& set) {
    const auto& config = set.search.value();
    if (config.evidence_posts > 0) {
      // Pages that are already wanted are counted once, for all keyword sets.
      const auto more =
          forecast_.certain && forecast_.hits ? store_.count_more_hit_posts(*forecast_.hits, config.evidence_posts) : 0;
      const auto pages = pages_to_walk_ + more;
      const auto all = divide_up(config.max_creators, stages::kLargestPage);
      estimate_.extras.push_back({ExtraEstimate::Kind::hit_posts, set.name, std::max(all, pages), 0, pages});
    }
    if (config.detail) add_records(set);
  }

  void add_records(const KeywordSet& set) {
    ExtraEstimate line{ExtraEstimate::Kind::creator_records, set.name, chosen_at_most_, 0, 0};
    if (const auto list = last_choice(set)) {
      const auto age = stages::refresh_of_details(set);
      const auto since = age ? std::optional(now_ - *age) : std::nullopt;
      auto missing = store_.without_detail(*list, run_, since);
      line.units = static_cast<std::int64_t>(list->size());
      line.fresh = line.units - static_cast<std::int64_t>(missing.size());
      std::erase_if(missing, [&](CreatorKey creator) { return contains(records_, creator); });
      line.requests = static_cast<std::int64_t>(missing.size());
      std::ranges::sort(missing);
      add_all(records_, missing);
    } else {
      for (const auto& stage : estimate_.stages) {
        if (stage.keyword_set == set.name && is_choice(stage.stage)) line.units = stage.units;
      }
      line.requests = line.units;
    }
    estimate_.extras.push_back(std::move(line));
  }

  static bool is_choice(StageName stage) { return stage != StageName::search && stage != StageName::thought_leaders; }

  /// Whom the last stage of the keyword set chose or would choose, where that is known.
  std::optional<CreatorList> last_choice(const KeywordSet& set) {
    const auto chooses = set.enrich || set.content_match || set.audience_match;
    if (chooses || !forecast_.hits) return shortlist_;
    auto hits = store_.hits_after(*forecast_.hits, 0);
    std::ranges::sort(hits);
    return hits;
  }

  CreatorList chosen_by(StageKey stage) {
    CreatorList chosen;
    for (const auto& [creator, decision] : store_.selection(stage)) {
      if (decision != Decision::unaffordable) chosen.push_back(creator);
    }
    std::ranges::sort(chosen);
    return chosen;
  }

  /// Along the stages that would buy jobs. A search has none: its pages come at once.
  void add_job_chain() {
    const auto times = job_times();
    std::map<UnitIndex, JobChain> chains;
    JobChain all;
    std::set<StageName> unknown;
    for (UnitIndex index = 0; index < graph_.units().size(); ++index) {
      const auto& unit = graph_.unit(index);
      auto& chain = chains[index];
      for (const auto& before : {unit.inputs, unit.after}) {
        for (const auto input : before) {
          chain.shortest = std::max(chain.shortest, chains[input].shortest);
          chain.longest = std::max(chain.longest, chains[input].longest);
        }
      }
      const auto& name = pipeline_.keyword_sets.at(unit.keyword_set).name;
      const bool buys = unit.stage != StageName::search && buys_in_plan(name, unit.stage);
      const auto took = times.find(unit.stage);
      if (buys && took == times.end()) unknown.insert(unit.stage);
      if (buys && took != times.end()) {
        chain.shortest += took->second.shortest;
        chain.longest += took->second.longest;
      }
      all.shortest = std::max(all.shortest, chain.shortest);
      all.longest = std::max(all.longest, chain.longest);
    }
    if (all.longest > Milliseconds{0}) estimate_.jobs = all;
    estimate_.unknown_jobs.assign(unknown.begin(), unknown.end());
  }

  [[nodiscard]] bool buys_in_plan(const std::string& keyword_set, StageName stage) const {
    return std::ranges::any_of(estimate_.stages, [&](const StageEstimate& line) {
      return line.keyword_set == keyword_set && line.stage == stage && line.credits_expected > 0;
    });
  }

  /// Of stages whose jobs were seen to end.
  [[nodiscard]] std::map<StageName, JobChain> job_times() {
    std::map<StageName, JobChain> times;
    for (const auto& [family, fact, value] : store_.api_facts(pipeline_.source.base_url, now_ - kFactsAge)) {
      if (fact == store::Fact::shortest_job_ms) times[family].shortest = Milliseconds{value};
      if (fact == store::Fact::longest_job_ms) times[family].longest = Milliseconds{value};
    }
    return times;
  }

  static void count(Decision decision, StageEstimate& line) {
    if (decision == Decision::fresh) ++line.fresh;
    if (decision == Decision::outstanding) ++line.outstanding;
    if (decision == Decision::held) ++line.held;
  }

  [[nodiscard]] std::int64_t requests_for(const KeywordSet& set, StageName stage, std::int64_t to_buy,
                                          int batch_size) const {
    // Whether there are details to read is not known before.
    if (options_.reads_by_start) return 2 * divide_up(to_buy, batch_size);
    const bool details = (stage == StageName::content_match && set.content_match->evidence_posts > 0) ||
                         (stage == StageName::audience_match && set.audience_match->engagers > 0);
    return divide_up(to_buy, batch_size) + divide_up(to_buy, kJobsPerRead) * (details ? 2 : 1);
  }

  const pipeline::Pipeline& pipeline_;
  const PriceTable& prices_;
  store::Store& store_;
  WallTime now_;
  const EstimateOptions& options_;
  Graph graph_;
  RunKey run_{};
  std::map<std::pair<std::string, StageName>, store::StageRow> rows_;
  /// Whom earlier lines of the plan buy, by stage and criteria.
  std::map<std::pair<StageName, std::string>, CreatorList> planned_;
  Forecast forecast_;
  struct {
    std::optional<StageKey> chosen_by;
    std::optional<std::vector<Candidate>> candidates;
  } found_;  ///< whom the keyword set's stages choose from
  CreatorList chosen_;
  std::optional<CreatorList> shortlist_;  ///< whom the last stage looked at chose, where that is known
  CreatorList records_;                   ///< whose records earlier lines of the plan ask for
  std::int64_t pages_to_walk_ = 0;        ///< of the keyword set's search
  std::int64_t chosen_at_most_ = 0;       ///< creators that reach the next stage
  bool buys_content_ = false;
  Estimate estimate_;
};

}  // namespace

Estimate estimate(const pipeline::Pipeline& pipeline, const PriceTable& prices, store::Store& store, WallTime now,
                  const EstimateOptions& options) {
  const store::Moment moment(store);
  return Estimator(pipeline, prices, store, now, options).run();
}

PriceTable effective_prices(PriceTable prices, const pipeline::Pipeline& pipeline) {
  for (const auto& [item, credits] : pipeline.prices) prices.set(item, credits);
  return prices;
}

std::string_view to_string(ExtraEstimate::Kind kind) {
  return kind == ExtraEstimate::Kind::hit_posts ? "hit_posts" : "creator_records";
}

Milliseconds least_time(std::int64_t requests, int requests_per_minute) {
  if (requests <= 0 || requests_per_minute <= 0) return Milliseconds{0};
  return std::chrono::minutes{divide_up(requests, requests_per_minute) - 1};
}

}  // namespace toksync::plan
