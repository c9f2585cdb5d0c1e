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

/// The id that follows the last occurrence of the mark, up to a blank or a parenthesis.
std::string_view id_behind(std::string_view text, std::string_view mark) {
  const auto at = text.rfind(mark);
  if (at == std::string_view::npos) return {};
  const auto id = text.substr(at + mark.size());
  return id.substr(0, id.find_first_of(" )"));
}

std::string_view request_id_of(std::string_view text) {
  const auto told = id_behind(text, "request_id=");
  return told.empty() ? id_behind(text, "(request ") : told;
}

std::string json_field(std::string_view name, std::string_view value) {
  return value.empty() ? std::string{} : fmt::format(",\"{}\":{}", name, quote_json(value));
}

/// Writes to standard error, each line redacted.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StderrSink(LogFormat format) : format_(format) {}

  [[nodiscard]] LogFormat format() const { return format_; }

  void name_run(std::string_view run_id) {
    const std::lock_guard guard(mutex_);
    run_id_ = run_id;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto time = to_iso8601(std::chrono::time_point_cast<Milliseconds>(message.time));
    const auto level = spdlog::level::to_string_view(message.level);
    const auto text = redact({message.payload.data(), message.payload.size()});
    const std::string_view level_name{level.data(), level.size()};
    const auto line =
        format_ == LogFormat::json ? json_line(time, level_name, text) : text_line(time, level_name, text);
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void flush_() override { std::fflush(stderr); }

  [[nodiscard]] std::string json_line(std::string_view time, std::string_view level, std::string_view text) const {
    return fmt::format("{{\"at\":\"{}\",\"level\":\"{}\"{}{},\"message\":{}}}\n", time, level,
                       json_field("run_id", run_id_), json_field("request_id", request_id_of(text)), quote_json(text));
  }
  [[nodiscard]] std::string text_line(std::string_view time, std::string_view level, std::string_view text) const {
    const bool tells_run = run_id_.empty() || text.find(run_id_) != std::string_view::npos;
    return fmt::format("{} {:<7} {}{}\n", time, level, one_line(text), tells_run ? "" : " run_id=" + run_id_);
  }

  LogFormat format_;
  std::string run_id_;
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

void name_run(const Logger& logger, std::string_view run_id) {
  for (const auto& sink : logger->sinks()) {
    if (auto* const ours = dynamic_cast<StderrSink*>(sink.get())) ours->name_run(run_id);
  }
}

Logger separate_logger(const Logger& logger) {
  auto separate = logger->clone("toksync");
  for (auto& sink : separate->sinks()) {
    if (const auto* const ours = dynamic_cast<StderrSink*>(sink.get())) {
      sink = std::make_shared<StderrSink>(ours->format());
    }
  }
  return separate;
}

Logger make_silent_logger() {
  return std::make_shared<spdlog::logger>("toksync", std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace toksync
