// The lists of Toktra and the tables that mirror them (schema/0010_toktra.sql). Used by the provider.
#pragma once

#include <span>

#include "model/mirror.hpp"

namespace toksync::api::toktra {

/// Small lists first; usage, which may be long, last.
[[nodiscard]] std::span<const MirrorResource> resources();

}  // namespace toksync::api::toktra
