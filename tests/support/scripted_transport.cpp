#include "support/scripted_transport.hpp"

#include <algorithm>
#include <stdexcept>

namespace toksync::test {

ScriptedTransport::ScriptedTransport(ManualClock& clock, Handler handler)
    : clock_(clock), handler_(std::move(handler)) {}

void ScriptedTransport::start(http::RequestId id, http::Request request) {
  if (std::any_of(pending_.begin(), pending_.end(), [id](const Pending& one) { return one.completion.id == id; })) {
    throw std::logic_error("a request with this id is in flight already");
  }
  auto scripted = handler_(request, clock_.true_wall());
  if (scripted.latency > request.timeout) {
    scripted = {http::TransportFailure{"TIMEOUT", "no answer within the timeout", true}, request.timeout};
  }
  pending_.push_back(
      {clock_.steady() + scripted.latency, http::Completion{id, std::move(scripted.outcome), scripted.latency}});
  most_in_flight_ = std::max(most_in_flight_, pending_.size());
  log_.push_back({id, std::move(request), clock_.wall(), clock_.steady()});
}

std::vector<http::Completion> ScriptedTransport::wait(SteadyTime until) {
  const auto moment = next_event(until);
  if (moment - clock_.steady() > std::chrono::years{100}) {
    throw std::logic_error("nothing is in flight: this wait would never end");
  }
  clock_.advance_to(moment);
  std::erase_if(wake_ups_, [this](SteadyTime wake_up) { return wake_up <= clock_.steady(); });
  return take_due();
}

void ScriptedTransport::cancel(http::RequestId id) {
  std::erase_if(pending_, [id](const Pending& one) { return one.completion.id == id; });
  for (auto& logged : log_) {
    if (logged.id == id) logged.canceled = true;
  }
}

SteadyTime ScriptedTransport::next_event(SteadyTime until) const {
  auto moment = until;
  for (const auto& one : pending_) moment = std::min(moment, one.due);
  for (const auto wake_up : wake_ups_) moment = std::min(moment, wake_up);
  return moment;
}

std::vector<http::Completion> ScriptedTransport::take_due() {
  const auto is_later = [now = clock_.steady()](const Pending& one) { return one.due > now; };
  const auto first_later = std::stable_partition(pending_.begin(), pending_.end(), std::not_fn(is_later));
  std::stable_sort(pending_.begin(), first_later,
                   [](const Pending& left, const Pending& right) { return left.due < right.due; });
  std::vector<http::Completion> completions;
  for (auto one = pending_.begin(); one != first_later; ++one) completions.push_back(std::move(one->completion));
  pending_.erase(pending_.begin(), first_later);
  return completions;
}

http::Response json_response(int status, std::string body) {
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

}  // namespace toksync::test
