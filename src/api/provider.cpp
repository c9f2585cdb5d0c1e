#include "api/provider.hpp"

#include <algorithm>
#include <array>

#include "api/toksta/toksta.hpp"
#include "api/toksta_partner/toksta_partner.hpp"

namespace toksync::api {
namespace {

struct Known {
  std::string_view name;
  std::unique_ptr<Provider> (*make)(ProviderOptions options);
};

constexpr std::array<Known, 2> kProviders{
    {{"toksta", &toksta::make_toksta_provider}, {"toksta-partner", &toksta_partner::make_toksta_partner_provider}}};

std::string known_names() {
  std::string names;
  for (const auto& known : kProviders) names.append(names.empty() ? "" : ", ").append(known.name);
  return names;
}

}  // namespace

Expected<std::unique_ptr<Provider>> make_provider(std::string_view name, ProviderOptions options) {
  const auto* const known = std::ranges::find(kProviders, name, &Known::name);
  if (known != kProviders.end()) return known->make(std::move(options));
  return unexpected(ErrorKind::usage, "choose the API", "there is no provider \"" + std::string(name) + "\"",
                    "known: " + known_names());
}

}  // namespace toksync::api
