// The provider for the Toksta Public API v1 (contracts/toksta.md). Made through api::make_provider.
#pragma once

#include <memory>

#include "api/provider.hpp"

namespace toksync::api::toksta {

[[nodiscard]] std::unique_ptr<Provider> make_toksta_provider(ProviderOptions options);

}  // namespace toksync::api::toksta
