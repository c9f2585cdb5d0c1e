// Logging set-up: one logger on standard error, as lines for people or as JSON for machines. Made once
// in `cli`, handed down in Env. Every line passes through redact(), so no key ever reaches a log. A line that concerns
// a request ends with " request_id=ID", or with "(request ID)"; once the run is named, every line carries its run_id.
#pragma once

#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace toksync {

using Logger = std::shared_ptr<spdlog::logger>;

enum class LogFormat { text, json };
enum class LogLevel { quiet, normal, verbose };

/// A logger that writes to standard error. `quiet` keeps errors only, `verbose` shows every request.
[[nodiscard]] Logger make_logger(LogFormat format, LogLevel level);

/// From here on each line carries that run_id: as a word at its end, or as a key of the JSON object.
void name_run(const Logger& logger, std::string_view run_id);

/// One that writes to the same places and names a run of its own: several runs may go on at once.
[[nodiscard]] Logger separate_logger(const Logger& logger);

/// A logger that drops everything, for tests and for commands that print only.
[[nodiscard]] Logger make_silent_logger();

}  // namespace toksync
