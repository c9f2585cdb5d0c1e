// Logging set-up: one logger on standard error, as lines for people or as JSON for machines. Made once
// in `cli`, handed down in Env. Every line passes through redact(), so no key ever reaches a log.
#pragma once

#include <memory>

namespace spdlog {
class logger;
}

namespace toksync {

using Logger = std::shared_ptr<spdlog::logger>;

enum class LogFormat { text, json };
enum class LogLevel { quiet, normal, verbose };

/// A logger that writes to standard error. `quiet` keeps errors only, `verbose` shows every request.
[[nodiscard]] Logger make_logger(LogFormat format, LogLevel level);

/// A logger that drops everything, for tests and for commands that print only.
[[nodiscard]] Logger make_silent_logger();

}  // namespace toksync
