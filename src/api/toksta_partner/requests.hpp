// Calls in the partner API's words: v1's, but for reading results. Used by its provider.
#pragma once

#include "api/toksta/requests.hpp"

namespace toksync::api::toksta_partner {

[[nodiscard]] toksta::Message message_for(const Call& call);

}  // namespace toksync::api::toksta_partner
