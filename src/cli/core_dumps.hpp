// The API key lives in the process's memory and environment. This keeps both from being written to a file
// or read by another process of the same user. Used once, before anything else happens.
#pragma once

namespace toksync::cli {

/// No core dump of this process, whatever limit or handler the system has for them. Whoever wants one for
/// debugging reproduces the crash under a debugger.
void forbid_core_dumps();

}  // namespace toksync::cli
