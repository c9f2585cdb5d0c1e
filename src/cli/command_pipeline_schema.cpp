// toksync schema: what editors complete and check pipeline files by.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/pipeline_schema.hpp"

namespace toksync::cli {

int schema(World& /*world*/, const Options& /*options*/) {
  fmt::print("{}", pipeline_schema());
  return kExitDone;
}

}  // namespace toksync::cli
