// Toktra: who of an organisation uses which model, what it costs, what it may cost. Read only (contracts/toktra.md).
// Used by make_mirror_provider.
#pragma once

#include "api/mirror.hpp"

namespace toksync::api::toktra {

/// An Error of kind usage when fields are to be hashed and there is no key for it.
[[nodiscard]] Expected<std::unique_ptr<MirrorProvider>> make_toktra_provider(MirrorOptions options);

}  // namespace toksync::api::toktra
