#include "engine/settlement.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace toksync::engine {
namespace {

using store::Charge;
using store::EvidenceSource;
using store::Settlement;
using store::Verdict;

std::string describe(const CreditRange& range) {
  return range.is_exact() ? std::to_string(range.low) : fmt::format("{} to {}", range.low, range.high);
}

std::string describe(const UnexplainedUsage& usage) {
  auto text = fmt::format("the usage moved by {} credits more than this database knows of", describe(usage.own));
  if (!usage.rest.contains(0)) text += fmt::format(", and by {} in other operations", describe(usage.rest));
  return text;
}

/// Decides for all jobs of a request that are not decided yet.
class Case {
 public:
  Case(const store::LostRequest& request, const Evidence& evidence) : request_(request), evidence_(evidence) {
    settlement_.intent = request.key;
  }

  Settlement decide() {
    switch (request_.family) {
      case StageName::search: decide_search(); break;
      case StageName::thought_leaders: decide_thought_leaders(); break;
      case StageName::enrich:
      case StageName::content_match:
      case StageName::audience_match: evidence_.may_be_found ? decide_creators() : decide_creators_by_usage(); break;
    }
    return std::move(settlement_);
  }

 private:
  [[nodiscard]] Credits price() const { return request_.jobs.front().credits_reserved; }
  [[nodiscard]] static bool is_own(Trace trace) { return trace == Trace::found || trace == Trace::matched; }
  [[nodiscard]] bool is_found(std::size_t job) const {
    return job < evidence_.traces.size() && is_own(evidence_.traces[job]);
  }
  [[nodiscard]] bool waits_for_usage() const {
    return evidence_.usage && evidence_.usage->may_clear && !evidence_.is_last;
  }

  void add(std::size_t job, Verdict verdict, std::optional<Charge> charge = std::nullopt) {
    const auto id = job < evidence_.found_ids.size() && verdict == Verdict::adopted ? evidence_.found_ids[job] : "";
    settlement_.jobs.push_back(
        {request_.jobs[job].job, verdict, id.empty() ? std::nullopt : OptionalText{id}, std::move(charge)});
  }

  void conclude(EvidenceSource source, std::string finding) {
    settlement_.source = source;
    settlement_.finding = std::move(finding);
  }

  void hold(std::string finding) {
    for (std::size_t i = 0; i < request_.jobs.size(); ++i) add(i, Verdict::held);
    conclude(EvidenceSource::usage, std::move(finding));
  }

  /// Undecided: waits for a clearer reading, or holds when none will come.
  void wait_or_hold() {
    if (waits_for_usage()) return;
    hold(evidence_.usage ? describe(*evidence_.usage) + ": that does not tell whether it was charged"
                         : "the account tells no usage that could be compared");
  }

  void decide_search() {
    if (price() == 0) {
      add(0, Verdict::released);
      return conclude(EvidenceSource::usage, "it costs nothing by the price table");
    }
    if (!evidence_.is_due) return;
    if (!evidence_.usage || !evidence_.usage->rest.contains(0)) return wait_or_hold();
    const bool may_be_free = evidence_.usage->own.contains(0);
    const bool may_be_charged = evidence_.usage->own.high > 0;
    if (may_be_free == may_be_charged || (may_be_charged && !evidence_.usage->own.contains(price()))) {
      return wait_or_hold();
    }
    if (may_be_charged) {
      add(0, Verdict::lost, Charge{price(), "usage"});
      return conclude(EvidenceSource::usage, describe(*evidence_.usage) + ": it was charged, and was searched again");
    }
    add(0, Verdict::released);
    conclude(EvidenceSource::usage, describe(*evidence_.usage) + ": it never arrived");
  }

  void decide_thought_leaders() {
    const auto& usage = evidence_.usage;
    if (!usage || !usage->rest.contains(0)) return evidence_.is_due ? wait_or_hold() : void();
    const auto& own = usage->own;
    const auto each = std::max<Credits>(1, price() / std::max<std::int64_t>(1, request_.jobs.front().units));
    const bool may_be_free = own.contains(0);
    const bool may_be_charged = own.high > 0 && own.low <= price();
    const bool refunded = own.is_exact() && own.low > 0 && own.low < price() && own.low % each == 0;
    // Its whole reservation may still be in part refunded, and nothing may still turn into something.
    if (!evidence_.is_due && !refunded) return;
    const bool is_odd = own.low % each != 0;  // no number of creators costs that
    if (may_be_free == may_be_charged || (may_be_charged && (!own.is_exact() || is_odd))) return wait_or_hold();
    if (may_be_charged) {
      add(0, Verdict::lost, Charge{own.low, "usage"});
      return conclude(EvidenceSource::usage, describe(*usage) + ": it was charged, and the id of the job is lost");
    }
    add(0, Verdict::released);
    conclude(EvidenceSource::usage, describe(*usage) + ": it never arrived");
  }

  void decide_creators() {
    if (adopt_matched()) return;
    const auto charged = charged_count();
    const bool all_shown = found() == count() || is_enrichment();
    if (charged == count() && all_shown) return adopt_all();
    if (!evidence_.is_due) return;
    // What is pending may be ours, or merely have no profile yet; the usage can tell.
    const bool may_run = is_enrichment() && evidence_.pending > 0 && !evidence_.is_last;
    if (!evidence_.usage || price() == 0) return may_run ? void() : decide_by_results();
    if (charged && (*charged <= found() || !may_run) && decide_by_count(*charged)) return;
    if (!may_run && !waits_for_usage()) hold_what_is_in_doubt();
  }

  /// The usage alone tells; what was charged is lost, because nobody knows the id that its results are read by.
  void decide_creators_by_usage() {
    if (price() == 0) {
      for (std::size_t i = 0; i < request_.jobs.size(); ++i) add(i, Verdict::released);
      return conclude(EvidenceSource::usage, "it costs nothing by the price table");
    }
    if (!evidence_.is_due) return;
    const auto charged = charged_count();
    // Room for part of a price is room for a price below the table's; when no fewer will do, it is room for others.
    const bool has_room = charged && evidence_.usage->own.high > *charged * price();
    if (!charged || (has_room && *charged < count())) return wait_or_hold();
    if (*charged == 0) {
      for (std::size_t i = 0; i < request_.jobs.size(); ++i) add(i, Verdict::released);
      return conclude(EvidenceSource::usage, describe(*evidence_.usage) + ": it never arrived");
    }
    // Which of them were charged makes no difference: no result can be had of any.
    for (std::int64_t i = 0; i < count(); ++i) {
      add(static_cast<std::size_t>(i), Verdict::lost, Charge{i < *charged ? price() : 0, "usage"});
    }
    conclude(EvidenceSource::usage, fmt::format("{}: {} of {} were charged, and the id to read them by is lost",
                                                describe(*evidence_.usage), *charged, count()));
  }

  [[nodiscard]] bool is_enrichment() const { return request_.family == StageName::enrich; }
  [[nodiscard]] std::int64_t count() const { return std::ssize(request_.jobs); }
  [[nodiscard]] std::int64_t found() const { return std::ranges::count_if(evidence_.traces, is_own); }
  /// Then a charge may be theirs.
  [[nodiscard]] bool is_shared() const { return std::ranges::count(evidence_.traces, Trace::foreign) > 0; }

  /// Whose criteria are told and fit need no usage to be believed. The others are decided in a later round.
  bool adopt_matched() {
    for (std::size_t i = 0; i < evidence_.traces.size(); ++i) {
      if (evidence_.traces[i] == Trace::matched) add(i, Verdict::adopted, Charge{price(), "price_table"});
    }
    if (settlement_.jobs.empty()) return false;
    conclude(EvidenceSource::results, "the results hold an analysis with these very criteria");
    return true;
  }

  /// How many of the jobs were charged, when the usage leaves only one answer.
  [[nodiscard]] std::optional<std::int64_t> charged_count() const {
    const auto& usage = evidence_.usage;
    if (!usage || !usage->rest.contains(0) || price() == 0) return std::nullopt;
    std::optional<std::int64_t> only;
    for (std::int64_t jobs = 0; jobs <= count(); ++jobs) {
      if (!usage->own.contains(jobs * price())) continue;
      if (only) return std::nullopt;
      only = jobs;
    }
    return only;
  }

  void adopt_all() {
    for (std::size_t i = 0; i < request_.jobs.size(); ++i) add(i, Verdict::adopted, Charge{price(), "usage"});
    conclude(EvidenceSource::usage, describe(*evidence_.usage) + ": all of it arrived");
  }

  /// False when the count and the results do not fit together.
  bool decide_by_count(std::int64_t charged) {
    // Room for part of a price is room for a price below the table's.
    const bool is_all = evidence_.usage->own.high <= charged * price();
    if (!is_all && charged < count()) return false;
    if (charged == found() || (is_enrichment() && charged < found())) {
      divide(charged, Verdict::released);
    } else if (charged == count() && !is_shared()) {
      divide(found(), Verdict::lost);
    } else if (charged == 0) {
      // What the results show is somebody else's.
      for (std::size_t i = 0; i < request_.jobs.size(); ++i) add(i, Verdict::released);
    } else {
      return false;
    }
    conclude(EvidenceSource::usage,
             fmt::format("{}, and the results show {} of {}", describe(*evidence_.usage), found(), count()));
    return true;
  }

  /// Adopts what was found, of which `charged` were paid for; the rest has the other verdict.
  void divide(std::int64_t charged, Verdict rest) {
    for (std::size_t i = 0; i < request_.jobs.size(); ++i) {
      if (is_found(i)) {
        add(i, Verdict::adopted, Charge{charged-- > 0 ? price() : 0, "usage"});
      } else {
        add(i, rest, rest == Verdict::lost ? std::optional(Charge{price(), "usage"}) : std::nullopt);
      }
    }
  }

  void decide_by_results() {
    if (evidence_.is_denied) return hold("the API denies to know these creators, and tells no usage to compare");
    if (is_enrichment() && evidence_.pending > 0) return hold("enrichments of these creators are pending for too long");
    // An enrichment that failed was charged and leaves no record: what is not there may have arrived.
    const auto rest = is_enrichment() && price() > 0 ? Verdict::held : Verdict::released;
    for (std::size_t i = 0; i < request_.jobs.size(); ++i) {
      if (is_found(i)) {
        add(i, Verdict::adopted, Charge{price(), "price_table"});
      } else {
        add(i, rest);
      }
    }
    conclude(EvidenceSource::results,
             fmt::format("the results show {} of {}; the account tells no usage to compare", found(), count()));
  }

  /// The usage contradicts the results. A profile that is there is ours whoever paid for it.
  void hold_what_is_in_doubt() {
    for (std::size_t i = 0; i < request_.jobs.size(); ++i) {
      if (is_enrichment() && is_found(i)) {
        add(i, Verdict::adopted, Charge{price(), "price_table"});
      } else {
        add(i, Verdict::held);
      }
    }
    conclude(EvidenceSource::usage,
             fmt::format("{}, and the results show {} of {}: that does not tell which were charged",
                         describe(*evidence_.usage), found(), count()));
  }

  const store::LostRequest& request_;
  const Evidence& evidence_;
  Settlement settlement_;
};

}  // namespace

Settlement settle(const store::LostRequest& request, const Evidence& evidence) {
  return Case(request, evidence).decide();
}

}  // namespace toksync::engine
