#include "engine/job_machine.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "model/enum_names.hpp"

namespace toksync::engine {
namespace {

constexpr EnumNames<JobState, 10> kNames{{{JobState::planned, "planned"},
                                          {JobState::intended, "intended"},
                                          {JobState::sent, "sent"},
                                          {JobState::waiting, "waiting"},
                                          {JobState::ready, "ready"},
                                          {JobState::stored, "stored"},
                                          {JobState::failed, "failed"},
                                          {JobState::ambiguous, "ambiguous"},
                                          {JobState::held, "held"},
                                          {JobState::abandoned, "abandoned"}}};

struct Transition {
  JobState from;
  JobEvent event;
  JobState to;
};

constexpr auto kTransitions = std::to_array<Transition>({
    {JobState::planned, JobEvent::intent_committed, JobState::intended},
    {JobState::planned, JobEvent::given_up, JobState::abandoned},
    {JobState::intended, JobEvent::given_back, JobState::planned},
    {JobState::intended, JobEvent::request_leaves, JobState::sent},
    {JobState::intended, JobEvent::refused_for_good, JobState::failed},
    {JobState::intended, JobEvent::given_up, JobState::abandoned},
    {JobState::sent, JobEvent::refused_for_now, JobState::intended},
    {JobState::sent, JobEvent::refused_for_good, JobState::failed},
    {JobState::sent, JobEvent::split, JobState::planned},
    {JobState::sent, JobEvent::answer_lost, JobState::ambiguous},
    {JobState::sent, JobEvent::accepted, JobState::waiting},
    {JobState::ambiguous, JobEvent::found_arrived, JobState::waiting},
    {JobState::ambiguous, JobEvent::found_not_arrived, JobState::planned},
    {JobState::ambiguous, JobEvent::found_lost, JobState::failed},
    {JobState::ambiguous, JobEvent::undecided, JobState::held},
    {JobState::ambiguous, JobEvent::given_up, JobState::abandoned},
    {JobState::waiting, JobEvent::result_with_details, JobState::ready},
    {JobState::waiting, JobEvent::result_complete, JobState::stored},
    {JobState::waiting, JobEvent::result_failed, JobState::failed},
    {JobState::waiting, JobEvent::given_up, JobState::abandoned},
    {JobState::ready, JobEvent::details_stored, JobState::stored},
    {JobState::ready, JobEvent::given_up, JobState::abandoned},
});

}  // namespace

std::string_view to_string(JobState state) { return name_of(kNames, state); }

bool is_settled(JobState state) {
  return state == JobState::stored || state == JobState::failed || state == JobState::held ||
         state == JobState::abandoned;
}

JobState next_state(JobState state, JobEvent event) {
  const auto fits = [&](const Transition& row) { return row.from == state && row.event == event; };
  const auto row = std::ranges::find_if(kTransitions, fits);
  if (row == kTransitions.end()) {
    throw std::logic_error(
        fmt::format("job event {} cannot happen in state {}", static_cast<int>(event), to_string(state)));
  }
  return row->to;
}

}  // namespace toksync::engine
