#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "engine/job_machine.hpp"

namespace toksync::engine {
namespace {

constexpr int kStates = static_cast<int>(JobState::abandoned) + 1;
constexpr int kEvents = static_cast<int>(JobEvent::given_up) + 1;

const std::map<std::pair<JobState, JobEvent>, JobState> kAllowed{
    {{JobState::planned, JobEvent::intent_committed}, JobState::intended},
    {{JobState::planned, JobEvent::given_up}, JobState::abandoned},
    {{JobState::intended, JobEvent::given_back}, JobState::planned},
    {{JobState::intended, JobEvent::request_leaves}, JobState::sent},
    {{JobState::intended, JobEvent::refused_for_good}, JobState::failed},
    {{JobState::intended, JobEvent::given_up}, JobState::abandoned},
    {{JobState::sent, JobEvent::refused_for_now}, JobState::intended},
    {{JobState::sent, JobEvent::refused_for_good}, JobState::failed},
    {{JobState::sent, JobEvent::split}, JobState::planned},
    {{JobState::sent, JobEvent::answer_lost}, JobState::ambiguous},
    {{JobState::sent, JobEvent::accepted}, JobState::waiting},
    {{JobState::ambiguous, JobEvent::found_arrived}, JobState::waiting},
    {{JobState::ambiguous, JobEvent::found_not_arrived}, JobState::planned},
    {{JobState::ambiguous, JobEvent::found_lost}, JobState::failed},
    {{JobState::ambiguous, JobEvent::undecided}, JobState::held},
    {{JobState::ambiguous, JobEvent::given_up}, JobState::abandoned},
    {{JobState::waiting, JobEvent::result_with_details}, JobState::ready},
    {{JobState::waiting, JobEvent::result_complete}, JobState::stored},
    {{JobState::waiting, JobEvent::result_failed}, JobState::failed},
    {{JobState::waiting, JobEvent::given_up}, JobState::abandoned},
    {{JobState::ready, JobEvent::details_stored}, JobState::stored},
    {{JobState::ready, JobEvent::given_up}, JobState::abandoned},
};

TEST_CASE("every pair of state and event leads where it should, or is a bug") {
  for (int s = 0; s < kStates; ++s) {
    for (int e = 0; e < kEvents; ++e) {
      const auto state = static_cast<JobState>(s);
      const auto event = static_cast<JobEvent>(e);
      CAPTURE(to_string(state));
      CAPTURE(e);
      const auto allowed = kAllowed.find({state, event});
      if (allowed == kAllowed.end()) {
        CHECK_THROWS_AS((void)next_state(state, event), std::logic_error);
      } else {
        CHECK(next_state(state, event) == allowed->second);
      }
    }
  }
}

TEST_CASE("nothing happens after a state that is settled") {
  const std::set<JobState> settled{JobState::stored, JobState::failed, JobState::held, JobState::abandoned};
  for (int s = 0; s < kStates; ++s) {
    const auto state = static_cast<JobState>(s);
    CAPTURE(to_string(state));
    CHECK(is_settled(state) == settled.contains(state));
    if (!is_settled(state)) continue;
    for (int e = 0; e < kEvents; ++e) CHECK_THROWS((void)next_state(state, static_cast<JobEvent>(e)));
  }
}

TEST_CASE("what is ambiguous is bought again only when it is known that it did not arrive") {
  for (const auto& [step, to] : kAllowed) {
    // Every way to `sent` passes `intended`, and with it a reservation of its own.
    if (to == JobState::sent) CHECK(step.first == JobState::intended);
    if (step.first == JobState::ambiguous && to == JobState::planned) CHECK(step.second == JobEvent::found_not_arrived);
    if (step.first == JobState::ambiguous) CHECK(to != JobState::intended);
  }
}

TEST_CASE("states have names of their own") {
  std::set<std::string_view> names;
  for (int s = 0; s < kStates; ++s) names.insert(to_string(static_cast<JobState>(s)));
  CHECK(names.size() == kStates);
}

}  // namespace
}  // namespace toksync::engine
