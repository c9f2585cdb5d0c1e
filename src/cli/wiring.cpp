#include "cli/wiring.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "http/curl_transport.hpp"

namespace toksync::cli {
namespace {

constexpr Milliseconds kLockPause{100};
constexpr std::size_t kLongestKey = 4096;

LogLevel log_level(const Options& options) {
  if (options.verbose) return LogLevel::verbose;
  return options.quiet ? LogLevel::quiet : LogLevel::normal;
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

/// Printable ASCII without spaces: what a header can carry.
bool is_key(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

Expected<Secret> checked_key(std::string_view text, const std::string& place, const std::string& hint) {
  if (text.empty()) return unexpected(ErrorKind::unauthorized, "read the API key", place + " is empty", hint);
  if (text.size() > kLongestKey || !is_key(text)) {
    return unexpected(ErrorKind::unauthorized, "read the API key",
                      place + " holds no API key: a key has no spaces and no control characters", hint);
  }
  return Secret{std::string{text}};
}

Expected<Secret> key_from_file(const std::string& path) {
  const std::string hint = "put the key on the first line of the file";
  std::error_code problem;
  std::ifstream file{path, std::ios::binary};
  if (!file || std::filesystem::is_directory(path, problem)) {
    return unexpected(ErrorKind::unauthorized, "read the API key", fmt::format("the file {} cannot be read", path),
                      "api_key_file in the pipeline names it");
  }
  std::string text(kLongestKey + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return checked_key(trim(std::string_view{text}.substr(0, text.find('\n'))), "the file " + path, hint);
}

Expected<Secret> key_from_variable(const std::string& variable, const std::string& hint) {
  const auto value = process_environment()(variable);
  if (!value) {
    return unexpected(ErrorKind::unauthorized, "read the API key", fmt::format("the variable {} is not set", variable),
                      hint);
  }
  return checked_key(trim(*value), "the variable " + variable, hint);
}

}  // namespace

World::World(const Options& options)
    : random(random_seed()),
      env{clock, random, make_logger(options.log_format, log_level(options))},
      out(inspect_terminal(STDOUT_FILENO, options.no_color)),
      err(inspect_terminal(STDERR_FILENO, options.no_color)) {}

pipeline::EnvironmentLookup process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
}

std::string database_path(const Options& options, const std::string& otherwise) {
  return options.database.value_or(otherwise);
}

pipeline::Pipeline with_overrides(pipeline::Pipeline pipeline, const Options& options) {
  pipeline.database_path = database_path(options, pipeline.database_path);
  if (options.base_url) pipeline.source.base_url = *options.base_url;
  if (options.max_credits) pipeline.budget.max_credits_per_run = options.max_credits;
  return pipeline;
}

Expected<Secret> read_api_key(const pipeline::Source& source) {
  if (source.api_key_file) return key_from_file(*source.api_key_file);
  const auto& variable = source.api_key_env;
  return key_from_variable(variable,
                           fmt::format("export {}=…, or name a file with api_key_file in the pipeline", variable));
}

Expected<Credentials> read_credentials(const pipeline::Source& source) {
  Credentials credentials;
  const auto read = [](const std::string& variable, Secret& into) -> Expected<void> {
    auto key = key_from_variable(variable, fmt::format("export {}=…", variable));
    if (!key) return tl::unexpected(key.error());
    into = std::move(*key);
    return {};
  };
  if (!source.redact.empty()) {
    if (const auto found = read(source.redact_key_env, credentials.redact_key); !found)
      return tl::unexpected(found.error());
  }
  if (source.client_id_env && source.client_secret_env) {
    for (const auto& [variable, into] : {std::pair{&*source.client_id_env, &credentials.client_id},
                                         std::pair{&*source.client_secret_env, &credentials.client_secret}}) {
      if (const auto found = read(*variable, *into); !found) return tl::unexpected(found.error());
    }
    return credentials;
  }
  auto key = read_api_key(source);
  if (!key) return tl::unexpected(key.error());
  credentials.api_key = std::move(*key);
  return credentials;
}

Expected<std::unique_ptr<api::Provider>> connect(const pipeline::Source& source, Secret key) {
  auto base_url = source.base_url;
  while (base_url.ends_with('/')) base_url.pop_back();
  return api::make_provider(source.api, {std::move(base_url), std::move(key), source.timeout});
}

Expected<std::unique_ptr<api::MirrorProvider>> connect_mirror(const pipeline::Source& source,
                                                              const Credentials& credentials) {
  return api::make_mirror_provider(source.api, {.base_url = source.base_url,
                                                .api_key = credentials.api_key,
                                                .client_id = credentials.client_id,
                                                .client_secret = credentials.client_secret,
                                                .timeout = source.timeout,
                                                .redact = source.redact,
                                                .redact_key = credentials.redact_key});
}

std::unique_ptr<http::Transport> make_transport(const World& world, const Signals& signals) {
  return http::make_curl_transport(world.clock,
                                   {.user_agent = "toksync/" TOKSYNC_VERSION, .wake_fd = signals.wake_descriptor()});
}

Expected<store::Store> open_database(World& world, const std::string& path, store::OpenMode mode) {
  world.database_path = path;
  return store::Store::open(path, mode);
}

Expected<store::Store> open_for_plan(World& world, const std::string& path) {
  std::error_code problem;
  const bool missing = !std::filesystem::exists(path, problem) && !problem;
  return open_database(world, path, missing ? store::OpenMode::memory : store::OpenMode::read_only);
}

Expected<void> need_database(const std::string& path) {
  std::error_code problem;
  if (std::filesystem::exists(path, problem) || problem) return {};
  return unexpected(ErrorKind::usage, "open database " + path, "there is no such file",
                    "a run makes it; --db names another one");
}

Expected<store::Store> open_existing_database(World& world, const std::string& path) {
  if (const auto exists = need_database(path); !exists) return tl::unexpected(exists.error());
  return open_database(world, path, store::OpenMode::read_only);
}

Expected<store::DatabaseLock> take_lock(const World& world, const std::string& path, Seconds patience,
                                        const Signals& signals) {
  const auto deadline = world.clock.steady() + patience;
  bool told = false;
  while (true) {
    auto lock = store::DatabaseLock::acquire(path);
    if (lock || lock.error().kind != ErrorKind::locked || world.clock.steady() >= deadline) return lock;
    if (signals.take() != 0) return unexpected(ErrorKind::interrupted, "wait for " + path, "interrupted");
    if (!std::exchange(told, true)) world.env.logger->info("waiting for another run of {} to end", path);
    pollfd wake{signals.wake_descriptor(), POLLIN, 0};
    poll(&wake, 1, static_cast<int>(kLockPause.count()));
  }
}

}  // namespace toksync::cli
