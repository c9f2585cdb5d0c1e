// The life of one piece of paid work, as a pure table: a state and an event give the next state. The
// engine performs the effects; this says which are allowed at all.
//
//   planned → intended → sent → waiting → ready → stored
//                 ↑________|        \________\→ failed
//                          \→ ambiguous → waiting | planned | failed | held
#pragma once

#include <string_view>

namespace toksync::engine {

enum class JobState {
  planned,    ///< to be bought, nothing committed yet
  intended,   ///< intent and reservation are committed
  sent,       ///< the request may be on its way
  waiting,    ///< accepted; the API works on it
  ready,      ///< its result is stored, details are still to be fetched
  stored,     ///< everything is stored
  failed,     ///< it failed or was refused
  ambiguous,  ///< nobody knows whether the request arrived; being found out
  held,       ///< the same, and not to be found out in this run
  abandoned,  ///< this run no longer waits for it
};

enum class JobEvent {
  intent_committed,
  given_back,  ///< its reservation is, and it is to be bought all the same
  request_leaves,
  refused_for_now,
  refused_for_good,
  split,  ///< refused as too many at once: to be bought in smaller company
  answer_lost,
  accepted,
  found_arrived,        ///< evidence shows that the lost request arrived
  found_not_arrived,    ///< or that it did not: to be bought again
  found_lost,           ///< or that it was charged, and its result cannot be had
  undecided,            ///< there is no evidence to decide on
  result_with_details,  ///< succeeded, details follow
  result_complete,      ///< succeeded, nothing follows
  result_failed,
  details_stored,
  given_up,
};

[[nodiscard]] std::string_view to_string(JobState state);
/// stored, failed, held or abandoned: nothing more happens in this run.
[[nodiscard]] bool is_settled(JobState state);
/// The state after the event; an event that cannot happen in that state is a bug: std::logic_error.
[[nodiscard]] JobState next_state(JobState state, JobEvent event);

}  // namespace toksync::engine
