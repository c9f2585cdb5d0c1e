#include "sandbox/jobs.hpp"

#include <algorithm>

namespace toksync::sandbox {

double Timing::fraction(WallTime now) const {
  if (outcome == Outcome::stuck) return 0.5;
  if (now >= done) return 1.0;
  const auto whole = static_cast<double>((done - started).count());
  return std::clamp(static_cast<double>((now - started).count()) / whole, 0.0, 1.0);
}

const Analysis& AnalysisBook::add(Analysis analysis) {
  const std::size_t index = all_.size();
  by_id_[analysis.id] = index;
  by_creator_[{analysis.kind, analysis.creator, ""}] = index;
  by_creator_[{analysis.kind, analysis.creator, analysis.campaign_id}] = index;
  by_work_[analysis.work] = index;
  all_.push_back(std::move(analysis));
  return all_.back();
}

const Analysis* AnalysisBook::find(AnalysisKind kind, const std::string& id) const {
  const std::string prefix = prefix_of(kind);
  const auto found = by_id_.find(id.starts_with(prefix) ? id.substr(prefix.size()) : id);
  if (found == by_id_.end()) return nullptr;
  const Analysis& analysis = all_[found->second];
  return analysis.kind == kind && analysis.timing.outcome != Outcome::missing ? &analysis : nullptr;
}

const Analysis* AnalysisBook::latest_of(AnalysisKind kind, std::size_t creator, const std::string& campaign_id) const {
  const auto found = by_creator_.find({kind, creator, campaign_id});
  if (found == by_creator_.end()) return nullptr;
  const Analysis& analysis = all_[found->second];
  return analysis.timing.outcome != Outcome::missing ? &analysis : nullptr;
}

const Analysis* AnalysisBook::latest_of_work(const std::string& work) const {
  const auto found = by_work_.find(work);
  return found == by_work_.end() ? nullptr : &all_[found->second];
}

void AnalysisBook::clear() {
  all_.clear();
  by_id_.clear();
  by_creator_.clear();
  by_work_.clear();
}

std::size_t DiscoveryJob::analyzed(WallTime now) const {
  const double share = timing.fraction(canceled ? std::min(*canceled, now) : now);
  const double begun = std::max(0.0, (share - queued_share) / (1.0 - queued_share));
  return static_cast<std::size_t>(begun * static_cast<double>(approved.size()));
}

std::string prefix_of(AnalysisKind kind) { return kind == AnalysisKind::content ? "content-fit:" : "audience-fit:"; }

}  // namespace toksync::sandbox
