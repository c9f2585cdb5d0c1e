#include "api/provider.hpp"

#include "api/toksta/toksta.hpp"

namespace toksync::api {

Expected<std::unique_ptr<Provider>> make_provider(std::string_view name, ProviderOptions options) {
  if (name == "toksta") return toksta::make_toksta_provider(std::move(options));
  return unexpected(ErrorKind::usage, "choose the API", "there is no provider \"" + std::string(name) + "\"",
                    "known: toksta");
}

}  // namespace toksync::api
