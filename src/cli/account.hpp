// What the account says of itself, asked by one free request: nothing is stored, nothing is spent. Used by
// `toksync credits`.
#pragma once

#include "cli/wiring.hpp"
#include "model/answer.hpp"

namespace toksync::cli {

/// Its usage in a month ("2026-05"). Asks again a few times when the API is busy or does not answer; a signal ends it.
[[nodiscard]] Expected<Usage> read_usage(World& world, const pipeline::Source& source, Secret key,
                                         const std::string& month, const Signals& signals);

}  // namespace toksync::cli
