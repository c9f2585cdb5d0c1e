// The published prices of toksta. Used by its provider; a pipeline may override them.
#pragma once

#include "model/credits.hpp"

namespace toksync::api::toksta {

/// Credits by item (contracts/toksta.md, "Credits").
[[nodiscard]] PriceTable published_prices();

}  // namespace toksync::api::toksta
