// Plays one night of a world with the real engine, provider and store on a manual clock, and looks whether all
// that was asked for is there.
#pragma once

#include <functional>
#include <string>

#include "least_time.hpp"
#include "store/records.hpp"

namespace toksync::bench {

struct NightResult {
  Milliseconds took{0};  ///< of the simulated time
  Milliseconds since_window{0};
  std::chrono::duration<double> wall{0};
  Requests requests;
  std::vector<Requests> by_minute;  ///< of the simulated time, from the beginning
  int refused_by_rate = 0;
  std::string complaint;              ///< what is wrong with the outcome; empty when nothing is
  std::vector<store::ApiFact> facts;  ///< what the run learned of the API
};

/// Called with a line for each request.
using Trace = std::function<void(const std::string&)>;

/// `known`: what earlier nights learned of the API.
[[nodiscard]] NightResult play(const World& world, const std::vector<store::ApiFact>& known, const Trace& trace);

}  // namespace toksync::bench
