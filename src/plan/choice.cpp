#include "plan/choice.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace toksync::plan {
namespace {

using store::Candidate;
using store::Decision;

OptionalNumber value_of(const Candidate& candidate, Measure measure) {
  switch (measure) {
    case Measure::followers: return candidate.followers;
    case Measure::engagement_rate: return candidate.engagement_rate;
    case Measure::posts_per_month: return candidate.posts_per_month;
    case Measure::reactions_per_post: return candidate.reactions_per_post;
    case Measure::content_score: return candidate.content_score;
    case Measure::audience_score: return candidate.audience_score;
  }
  return std::nullopt;
}

OptionalNumber value_of(const Candidate& candidate, OrderBy order) {
  switch (order) {
    case OrderBy::rank: return -static_cast<double>(candidate.rank);
    case OrderBy::score: return candidate.score;
    case OrderBy::followers: return candidate.followers;
    case OrderBy::engagement_rate: return candidate.engagement_rate;
    case OrderBy::content_score: return candidate.content_score;
    case OrderBy::audience_score: return candidate.audience_score;
  }
  return std::nullopt;
}

bool within(const OptionalNumber& value, const Bounds& bounds) {
  if (!bounds.minimum && !bounds.maximum) return true;
  if (!value) return false;
  return (!bounds.minimum || *value >= *bounds.minimum) && (!bounds.maximum || *value <= *bounds.maximum);
}

/// What of the bounds the value does not keep; nothing when it keeps them.
std::optional<std::string> broken(Measure measure, const OptionalNumber& value, const Bounds& bounds) {
  const auto name = to_string(measure);
  if (within(value, bounds)) return std::nullopt;
  if (!value)
    return fmt::format("{} is unknown, and {} is asked for", name, bounds.minimum ? "a minimum" : "a maximum");
  if (bounds.minimum && *value < *bounds.minimum) {
    return fmt::format("{} is {}, min_{} is {}", name, *value, name, *bounds.minimum);
  }
  return fmt::format("{} is {}, max_{} is {}", name, *value, name, bounds.maximum.value_or(0));
}

std::string age_limit(const RefreshAfter& refresh_after) {
  return refresh_after ? format_duration(*refresh_after) : "never";
}

std::string why_bought(const store::WorkState& work, const RefreshAfter& refresh_after) {
  if (!work.fresh_at) return "to be bought: nothing is known yet";
  return fmt::format("to be bought again: what is known is of {}, older than refresh_after = {}",
                     to_iso8601(*work.fresh_at), age_limit(refresh_after));
}

std::string why_fresh(const store::WorkState& work, const RefreshAfter& refresh_after) {
  if (!work.fresh_at) return "free: known already";
  const auto known = fmt::format("free: known since {}", to_iso8601(*work.fresh_at));
  if (!refresh_after) return known + ", and bought only once (refresh_after = never)";
  return known + ", younger than refresh_after = " + age_limit(refresh_after);
}

bool passes(const Candidate& candidate, const Select& select) {
  return std::ranges::all_of(select.bounds,
                             [&](const auto& bound) { return within(value_of(candidate, bound.first), bound.second); });
}

const Candidate& of(const Candidate& candidate) { return candidate; }
const Candidate& of(const Candidate* candidate) { return *candidate; }

/// Of candidates, or of pointers to them.
template <typename Candidates>
Candidates chosen_by(Candidates candidates, const Select& select) {
  std::erase_if(candidates, [&](const auto& candidate) { return !passes(of(candidate), select); });
  const auto before = [&](const auto& left, const auto& right) {
    constexpr auto unknown = -std::numeric_limits<double>::infinity();
    const auto left_value = value_of(of(left), select.order_by).value_or(unknown);
    const auto right_value = value_of(of(right), select.order_by).value_or(unknown);
    return left_value != right_value ? left_value > right_value : of(left).rank < of(right).rank;
  };
  // By rank they are as they come: looking is cheaper than sorting a hundred thousand.
  if (!std::ranges::is_sorted(candidates, before)) std::ranges::sort(candidates, before);
  if (select.top && candidates.size() > static_cast<std::size_t>(*select.top)) {
    candidates.erase(candidates.begin() + *select.top, candidates.end());
  }
  return candidates;
}

}  // namespace

std::vector<Candidate> choose(std::vector<Candidate> candidates, const Select& select) {
  return chosen_by(std::move(candidates), select);
}

std::vector<const Candidate*> choose(std::vector<const Candidate*> candidates, const Select& select) {
  return chosen_by(std::move(candidates), select);
}

bool is_young(WallTime learned, const RefreshAfter& refresh_after, WallTime now) {
  return !refresh_after || std::max(now, learned) - learned < *refresh_after;
}

Decision decide(const store::WorkState& work, const RefreshAfter& refresh_after, WallTime now) {
  if (work.succeeded_in_run) return Decision::fresh;
  if (work.ambiguous) return Decision::held;
  if (work.outstanding) return Decision::outstanding;
  if (work.failed_in_run) return Decision::failed;
  // It was paid for; that its result was lost is no reason to pay again sooner.
  if (work.lost_at && is_young(*work.lost_at, refresh_after, now)) return Decision::failed;
  if (!work.fresh_at) return Decision::buy;
  return is_young(*work.fresh_at, refresh_after, now) ? Decision::fresh : Decision::buy;
}

std::string why_not_chosen(const Candidate& candidate, const Select& select) {
  for (const auto& [measure, bounds] : select.bounds) {
    if (const auto problem = broken(measure, value_of(candidate, measure), bounds)) return "out: " + *problem;
  }
  if (!select.top) return "out: chosen by no rule";
  return fmt::format("out: {} others come before by {} (top = {})", *select.top, to_string(select.order_by),
                     *select.top);
}

std::string why(Decision decision, const store::WorkState& work, const RefreshAfter& refresh_after) {
  switch (decision) {
    case Decision::buy: return why_bought(work, refresh_after);
    case Decision::fresh:
      if (work.succeeded_in_run) return "free: this run has it already";
      return why_fresh(work, refresh_after);
    case Decision::outstanding:
      if (!work.outstanding) return "free: bought once, for an earlier stage or keyword set of the same run";
      return fmt::format("free: job {} is paid for, and its result is awaited", raw(*work.outstanding));
    case Decision::held: return "held: an earlier purchase is in doubt (toksync jobs list --status ambiguous)";
    case Decision::failed:
      if (work.failed_in_run || !work.lost_at) return "out: it failed in this run, which does not try it again";
      return fmt::format("out: paid for {} and the result lost; not bought again before refresh_after = {} is over",
                         to_iso8601(*work.lost_at), age_limit(refresh_after));
    case Decision::unaffordable: return "out: the budget had no credits left for it";
  }
  return {};
}

}  // namespace toksync::plan
