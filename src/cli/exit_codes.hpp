// The exit codes that schedulers rely on (interface, section 5), and which kind of error becomes which.
// Codes 3 and 6, and the order among several, are the engine's (engine/outcome.hpp).
#pragma once

#include <array>
#include <string_view>

#include "base/error.hpp"

namespace toksync::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitBug = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitPartial = 3;
inline constexpr int kExitAmbiguous = 6;
inline constexpr int kExitDatabase = 12;

[[nodiscard]] constexpr int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal: return kExitBug;
    case ErrorKind::usage: return kExitUsage;
    case ErrorKind::unauthorized: return 4;
    case ErrorKind::unreachable: return 5;
    case ErrorKind::no_credits: return 7;
    case ErrorKind::budget: return 8;
    case ErrorKind::locked: return 11;
    case ErrorKind::database: return kExitDatabase;
    case ErrorKind::interrupted: return 130;
  }
  return kExitBug;
}

/// The word for a kind in a JSON document, e.g. "locked".
[[nodiscard]] constexpr std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal: return "internal";
    case ErrorKind::usage: return "usage";
    case ErrorKind::unauthorized: return "unauthorized";
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::no_credits: return "no_credits";
    case ErrorKind::budget: return "budget";
    case ErrorKind::locked: return "locked";
    case ErrorKind::database: return "database";
    case ErrorKind::interrupted: return "interrupted";
  }
  return "internal";
}

struct ExitCodeMeaning {
  int code;
  std::string_view meaning;
};

/// What --help tells of each code.
inline constexpr std::array<ExitCodeMeaning, 13> kExitCodes{{
    {0, "everything asked for is done"},
    {1, "a bug, or a failure of no other kind"},
    {2, "usage or pipeline file error; nothing was sent"},
    {3, "done, but some creators or jobs failed: see toksync status"},
    {4, "no usable API key, or the API refused the key, the plan or the scope"},
    {5, "the API stayed unreachable or failing; run again later"},
    {6, "done as far as possible, but something paid is ambiguous"},
    {7, "the account has too few credits: top up, then run again"},
    {8, "stopped by a budget, --max-credits or --max-duration; resumable"},
    {11, "another run holds this database: see --lock-wait"},
    {12, "the database is damaged, full, not writable, or from a newer version"},
    {130, "interrupted (SIGINT); the state is saved, run again"},
    {143, "terminated (SIGTERM); the state is saved, run again"},
}};

}  // namespace toksync::cli
