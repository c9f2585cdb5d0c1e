// The stand-in for TokPortal's public API, below /api/ext: admission, the table of routes, envelopes. Built from
// public material; what that leaves open is answered as the file says where it does.
#pragma once

#include <memory>

#include "sandbox/options.hpp"
#include "sandbox/reading.hpp"

namespace toksync::sandbox::tokportal {

[[nodiscard]] std::unique_ptr<ReadingApi> make_api(const Options& options);

}  // namespace toksync::sandbox::tokportal
