// TokPortal, read only: delivered accounts, bundles and their videos, metrics, credits, bans.
// Source: contracts/tokportal.md. The paths that cost credits or reveal credentials cannot be reached: `path_of` knows
// the reads of section 6 that we mirror, and nothing else builds a request.
#pragma once

#include <memory>

#include "api/mirror.hpp"

namespace toksync::api::tokportal {

[[nodiscard]] std::unique_ptr<MirrorProvider> make_tokportal_provider(MirrorOptions options);

}  // namespace toksync::api::tokportal
