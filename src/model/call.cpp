#include "model/call.hpp"

namespace toksync {
namespace {

template <typename... Kinds>
struct Overloaded : Kinds... {
  using Kinds::operator()...;
};
template <typename... Kinds>
Overloaded(Kinds...) -> Overloaded<Kinds...>;

}  // namespace

bool is_billable(const Call& call) {
  return std::visit(
      Overloaded{[](const DiscoverySearch&) { return true; }, [](const DatabaseSearch&) { return true; },
                 [](const StartEnrichment&) { return true; }, [](const StartContentMatch&) { return true; },
                 [](const StartAudienceMatch&) { return true; }, [](const StartThoughtLeaders&) { return true; },
                 [](const auto&) { return false; }},
      call);
}

bool is_to_happen_once(const Call& call) {
  return is_billable(call) || std::holds_alternative<CreateCreatorList>(call) ||
         std::holds_alternative<SaveToCreatorList>(call);
}

Seconds wait_of(const Call& call) {
  return std::visit(
      Overloaded{[](const ReadEnrichments& read) { return read.wait; },
                 [](const ReadContentMatches& read) { return read.wait; },
                 [](const ReadAudienceMatches& read) { return read.wait; }, [](const auto&) { return Seconds{0}; }},
      call);
}

}  // namespace toksync
