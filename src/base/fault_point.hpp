// Named points at which a test lets the process die, as a power cut would: SIGKILL, nothing flushed.
// Compiled in with TOKSYNC_FAULT_POINTS only (dev and test builds); elsewhere a call is nothing.
#pragma once

#include <functional>
#include <string_view>

namespace toksync {

#ifdef TOKSYNC_FAULT_POINTS
/// Kills the process when the environment variable TOKSYNC_DIE_AT is "<name>" or "<name>:<n>" and this
/// is the n-th (from 1) passage of that point. With TOKSYNC_FAULT_LOG=<file>, appends the name to it.
void fault_point(std::string_view name);

/// While it lives, `passed` is called at each point and may throw: for tests in which a whole process's life is
/// a function call. One at a time.
class FaultPointHook {
 public:
  explicit FaultPointHook(std::function<void(std::string_view)> passed);
  ~FaultPointHook();
  FaultPointHook(const FaultPointHook&) = delete;
  FaultPointHook& operator=(const FaultPointHook&) = delete;
};
#else
inline void fault_point(std::string_view /*name*/) {}
#endif

}  // namespace toksync
