#include "base/log.hpp"

#include <cstdio>
#include <mutex>

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include "base/json_text.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace toksync {
namespace {

/// A message of the API must not be able to forge a line or to steer a terminal.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      line += c == '\n' ? "\\n" : fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  return line;
}

/// Writes to standard error, each line redacted.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StderrSink(LogFormat format) : format_(format) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto time = to_iso8601(std::chrono::time_point_cast<Milliseconds>(message.time));
    const auto level = spdlog::level::to_string_view(message.level);
    const auto text = redact({message.payload.data(), message.payload.size()});
    const auto line =
        format_ == LogFormat::json
            ? fmt::format("{{\"at\":\"{}\",\"level\":\"{}\",\"message\":{}}}\n", time,
                          std::string_view{level.data(), level.size()}, quote_json(text))
            : fmt::format("{} {:<7} {}\n", time, std::string_view{level.data(), level.size()}, one_line(text));
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void flush_() override { std::fflush(stderr); }

  LogFormat format_;
};

}  // namespace

Logger make_logger(LogFormat format, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>("toksync", std::make_shared<StderrSink>(format));
  switch (level) {
    case LogLevel::quiet: logger->set_level(spdlog::level::err); break;
    case LogLevel::normal: logger->set_level(spdlog::level::info); break;
    case LogLevel::verbose: logger->set_level(spdlog::level::debug); break;
  }
  return logger;
}

Logger make_silent_logger() {
  return std::make_shared<spdlog::logger>("toksync", std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace toksync
