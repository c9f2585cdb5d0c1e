// The lists of TokPortal that can be mirrored, with their columns. Used by the provider.
// Source: contracts/tokportal.md, sections 6 and 10. Fields tagged UNVERIFIED there are read tolerantly, and whatever
// a record holds stays in raw_json.
#pragma once

#include <span>

#include "model/mirror.hpp"

namespace toksync::api::tokportal {

[[nodiscard]] std::span<const MirrorResource> resources();

}  // namespace toksync::api::tokportal
