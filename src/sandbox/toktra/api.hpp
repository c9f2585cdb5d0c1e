// The stand-in for Toktra's public API, below /v1: the OAuth token, admission, lists by cursor. Built from public
// material; what that leaves open is answered as the file says where it does.
#pragma once

#include <memory>

#include "sandbox/options.hpp"
#include "sandbox/reading.hpp"

namespace toksync::sandbox::toktra {

[[nodiscard]] std::unique_ptr<ReadingApi> make_api(const Options& options);

}  // namespace toksync::sandbox::toktra
