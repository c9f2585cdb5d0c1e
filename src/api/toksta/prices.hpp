// The published prices of toksta. Used by its provider; a pipeline may override them.
#pragma once

#include <optional>
#include <string_view>

#include "model/credits.hpp"
#include "model/stage_name.hpp"

namespace toksync::api::toksta {

/// Credits by item (contracts/toksta.md, "Credits").
[[nodiscard]] PriceTable published_prices();

/// The stage that an operation of the usage answer charges for. Only two of its keys are known
/// (contracts/toksta.md, "Credits"); for the others the words in them decide, which is an assumption.
[[nodiscard]] std::optional<StageName> family_of_operation(std::string_view operation);

}  // namespace toksync::api::toksta
