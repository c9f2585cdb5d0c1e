// What `toksync doctor` looks at: each check is a finding with ok, warning or failure, and what to do about it.
// The parts look, command_doctor.cpp tells. Nothing here costs credits or changes anything.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/wiring.hpp"

namespace toksync::cli {

enum class Health { ok, warning, failure };

struct Finding {
  std::string check;  ///< such as "api key"
  Health health = Health::ok;
  std::string text;                      ///< what was found
  std::string remedy{};                  ///< what to do about it; empty when all is well
  ErrorKind kind = ErrorKind::internal;  ///< of a failure: decides the exit code
};

using Findings = std::vector<Finding>;

[[nodiscard]] Finding well(std::string check, std::string text);
[[nodiscard]] Finding warning(std::string check, std::string text, std::string remedy);
[[nodiscard]] Finding failure(std::string check, ErrorKind kind, std::string text, std::string remedy);
/// A failure that tells what the error says.
[[nodiscard]] Finding failure(std::string check, const Error& error);

/// One account of an API, with what the pipelines want from it.
struct DoctorSource {
  pipeline::Source source;
  std::set<StageName> stages;  ///< that pipelines use; empty: there is no pipeline
  std::optional<Credits> keep_credits;
  std::vector<std::string> mirrors{};  ///< lists that pipelines read
};

/// Key, connection, clock, entitlement and balance, by free requests only.
[[nodiscard]] Findings look_at_source(const World& world, const DoctorSource& source, const Signals& signals);

/// One database, with the smallest month's budget of the pipelines that use it.
struct DoctorDatabase {
  std::string path;
  std::optional<Credits> max_credits_per_month;
};

/// File, version, pages, log, lock, what is open in it, and the room left on its disk.
[[nodiscard]] Findings look_at_database(World& world, const DoctorDatabase& database);

}  // namespace toksync::cli
