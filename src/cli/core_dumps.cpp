#include "cli/core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace toksync::cli {

void forbid_core_dumps() {
  // Where dumps go to a file the limit is what counts; where they go to a program, the second setting.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
  // The leak check of the sanitizers attaches to the process, which this would prevent.
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace toksync::cli
