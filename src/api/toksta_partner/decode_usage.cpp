#include "api/toksta_partner/decode.hpp"

namespace toksync::api::toksta_partner {

using toksta::Content;
using toksta::Decoded;

// The contract names what usage carries (`allocated_credits`, `remaining_credits`, `enforce_credit_limits`), and not
// whether it tells charges as v1 does. Where it does not, what is gone of the allocation was charged; between two
// readings of a month that is as good, whenever the allocation began.
Decoded decode_usage(const Content& content) {
  const auto data = content.data["usage"].is_object() ? content.data["usage"] : content.data;
  const auto enforced = data["enforce_credit_limits"].boolean();
  auto payload = toksta::decode_usage(content);
  if (!payload && !enforced) return payload;
  if (!payload) {
    Usage untold;
    untold.charges_are_told = false;
    untold.raw_json = std::string(content.data.raw());
    return untold;
  }
  auto& usage = std::get<Usage>(*payload);
  const auto allocated = toksta::credits_of(data["allocated_credits"]);
  const auto remaining = toksta::credits_of(data["remaining_credits"]);
  if (!usage.charges_are_told && allocated && remaining && *allocated >= *remaining) {
    usage.total_credits_charged = *allocated - *remaining;
    usage.charges_are_told = true;
  }
  // Nobody is refused for lack of credits then: what remains is no limit to plan by.
  if (enforced == false) usage.balance.reset();
  return payload;
}

}  // namespace toksync::api::toksta_partner
