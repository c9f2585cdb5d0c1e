// The one place where real objects are built: clock, randomness, logger, transport, provider, database,
// lock. Everything below gets them handed down.
#pragma once

#include <memory>
#include <string>

#include "api/mirror.hpp"
#include "api/provider.hpp"
#include "base/env.hpp"
#include "cli/options.hpp"
#include "cli/print/terminal.hpp"
#include "cli/signals.hpp"
#include "http/transport.hpp"
#include "pipeline/loader.hpp"
#include "store/lock.hpp"
#include "store/store.hpp"

namespace toksync::cli {

/// What is told of a run when it has ended (cli/ending.hpp).
struct Ending {
  std::string pipeline;  ///< empty as long as no pipeline was read
  pipeline::NotifyConfig notify;
  std::vector<std::string> secret_variables;  ///< of the environment, which nobody else has to see
  std::string run_id;                         ///< empty when no run began
  std::string document;                       ///< JSON; empty when no run ended in the database
  std::optional<Error> error;                 ///< why it failed, when it failed beside the engine
};

/// The surroundings of one command.
struct World {
  explicit World(const Options& options);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  SystemClock clock;
  Random random;
  Env env;
  Terminal out, err;
  /// The database in use, for the message when SQLite throws.
  std::string database_path;
  std::vector<Ending> endings;  ///< one for each pipeline that is run
};

/// The process's environment; a variable that is set but empty counts as set.
[[nodiscard]] pipeline::EnvironmentLookup process_environment();

/// --db, or the given path.
[[nodiscard]] std::string database_path(const Options& options, const std::string& otherwise = "toksync.db");

/// The pipeline with what flags and variables say in place of what the file says.
[[nodiscard]] pipeline::Pipeline with_overrides(pipeline::Pipeline pipeline, const Options& options);

/// The key from the variable or the file that the pipeline names. A missing, empty, unreadable or
/// malformed one is an Error of kind unauthorized that tells the place and never the value.
[[nodiscard]] Expected<Secret> read_api_key(const pipeline::Source& source);

/// What a source is asked with.
struct Credentials {
  Secret api_key;  ///< empty when a client signs in
  Secret client_id, client_secret;
  Secret redact_key;
};

/// All that the source names, each as read_api_key does.
[[nodiscard]] Expected<Credentials> read_credentials(const pipeline::Source& source);

/// The provider of the pipeline; with an empty key it serves for its prices only.
[[nodiscard]] Expected<std::unique_ptr<api::Provider>> connect(const pipeline::Source& source, Secret key);

/// The same for an API with mirrors.
[[nodiscard]] Expected<std::unique_ptr<api::MirrorProvider>> connect_mirror(const pipeline::Source& source,
                                                                            const Credentials& credentials);

[[nodiscard]] std::unique_ptr<http::Transport> make_transport(const World& world, const Signals& signals);

[[nodiscard]] Expected<store::Store> open_database(World& world, const std::string& path, store::OpenMode mode);

/// For reading; an empty one that nobody else sees when there is no such file yet.
[[nodiscard]] Expected<store::Store> open_for_plan(World& world, const std::string& path);

/// An Error of kind usage when there is no such file.
[[nodiscard]] Expected<void> need_database(const std::string& path);

/// Opens a database that must exist already, for reading; a missing one is an Error of kind usage.
[[nodiscard]] Expected<store::Store> open_existing_database(World& world, const std::string& path);

/// Takes the writer's lock, trying again until `patience` is over or a signal arrives.
[[nodiscard]] Expected<store::DatabaseLock> take_lock(const World& world, const std::string& path, Seconds patience,
                                                      const Signals& signals);

}  // namespace toksync::cli
