#include "api/mirror.hpp"

#include "api/tokportal/tokportal.hpp"
#include "api/toktra/toktra.hpp"

namespace toksync::api {

bool is_mirror(std::string_view name) { return name == "tokportal" || name == "toktra"; }

Expected<std::unique_ptr<MirrorProvider>> make_mirror_provider(std::string_view name, MirrorOptions options) {
  if (name == "tokportal") return tokportal::make_tokportal_provider(std::move(options));
  if (name == "toktra") return toktra::make_toktra_provider(std::move(options));
  return unexpected(ErrorKind::usage, "choose the API", "there are no mirrors of \"" + std::string(name) + "\"");
}

}  // namespace toksync::api
