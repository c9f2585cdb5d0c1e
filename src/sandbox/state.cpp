#include "sandbox/state.hpp"

#include <fmt/format.h>

#include "sandbox/dice.hpp"

namespace toksync::sandbox {
namespace {

constexpr double window_seconds = 60.0;

/// Creators that the account enriched before the sandbox came to be.
std::map<std::size_t, Timing> enriched_from_the_start(const World& world, const Options& options) {
  std::map<std::size_t, Timing> enriched;
  const WallTime now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  for (std::size_t index = 0; index < world.creators().size(); ++index) {
    Dice dice(hash_of("enriched " + world.at(index).id, world.seed()));
    const WallTime done = now - std::chrono::hours(dice.between(1, 24L * 20));
    if (dice.chance(options.pre_enriched)) enriched.emplace(index, Timing{done, done, Outcome::succeed});
  }
  return enriched;
}

}  // namespace

State::State(const Options& options)
    : world(options.seed, options.creators),
      account(options.credits, options.overage),
      limiter(options.rate_limit, options.scaled(window_seconds)),
      enrichments(enriched_from_the_start(world, options)) {}

void State::reset(const Options& options) {
  account = Account(options.credits, options.overage);
  limiter.reset();
  faults.clear();
  analyses.clear();
  enrichments = enriched_from_the_start(world, options);
  discovery.clear();
  partner_jobs.clear();
  result_sets.clear();
  campaigns.clear();
  lists.clear();
  list_members.clear();
  added_again.clear();
  log.clear();
}

std::string State::new_id() { return uuid_of(hash_of(fmt::format("id {}", ++next_number), world.seed())); }

Timing State::timing_of(const Options& options, WallTime now, const std::string& id, double factor,
                        Outcome outcome) const {
  Dice dice(hash_of("latency " + id, world.seed()));
  return {now, now + options.scaled(options.job_latency * factor * (0.5 + dice.unit())), outcome};
}

void State::settle_finished(WallTime now) {
  for (auto& [id, job] : discovery) {
    if (job.settled || !job.terminal(now)) continue;
    job.settled = true;
    const auto used = job.price_per_creator * static_cast<std::int64_t>(job.analyzed(now));
    const bool kept = job.timing.outcome == Outcome::fail && !job.canceled;
    account.settle(job.reserved, kept ? job.reserved.credits : used);
  }
}

}  // namespace toksync::sandbox
