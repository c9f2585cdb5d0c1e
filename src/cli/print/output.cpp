#include "cli/print/output.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/secret.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"

namespace toksync::cli {
namespace {

bool needs_quotes(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"._/-+:@%"}.find(c) != std::string_view::npos;
  };
  return text.empty() || !std::ranges::all_of(text, is_plain);
}

std::string shell_word(std::string_view text) {
  if (!needs_quotes(text)) return std::string{text};
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

}  // namespace

void print_json(const Json& document) {
  // What the API sent may be no UTF-8; the document still is.
  fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

void complain(const World& world, const Options& options, std::string_view text, std::string_view hint) {
  if (options.log_format == LogFormat::json) {
    world.env.logger->error("{}{}{}", text, hint.empty() ? "" : "; ", hint);
    return;
  }
  fmt::print(stderr, "{} {}\n", world.err.red("toksync:"), printable(redact(text)));
  if (!hint.empty()) fmt::print(stderr, "  {}\n", printable(redact(hint)));
}

Json error_document(const Error& error) {
  return {{"kind", to_string(error.kind)},
          {"operation", redact(error.operation)},
          {"cause", redact(error.cause)},
          {"hint", redact(error.hint)}};
}

int fail(World& world, const Options& options, const Error& error, int signal) {
  const bool interrupted = error.kind == ErrorKind::interrupted && signal != 0;
  const auto code = interrupted ? 128 + signal : exit_code_of(error.kind);
  complain(world, options, error.operation.empty() ? error.cause : error.operation + ": " + error.cause, error.hint);
  for (auto& ending : world.endings) {
    if (ending.document.empty()) ending.error = error;
  }
  if (options.json) print_json({{"error", error_document(error)}, {"exit_code", code}});
  return code;
}

int fail(World& world, const Options& options, const std::vector<pipeline::Problem>& problems, const WhatFailed& what) {
  const auto how_many = count(static_cast<std::int64_t>(problems.size()), "problem");
  for (const auto& problem : problems) {
    if (options.log_format == LogFormat::json) {
      complain(world, options, problem.text());
    } else {
      fmt::print(stderr, "{}\n", printable(redact(problem.text())));
    }
  }
  complain(world, options, how_many + "; nothing was sent", what.hint);
  for (auto& ending : world.endings) {
    ending.error = Error{ErrorKind::usage, what.operation, problems.front().text(), how_many};
  }
  if (options.json) {
    print_json({{"error",
                 {{"kind", "usage"}, {"operation", what.operation}, {"cause", "it has problems"}, {"hint", what.hint}}},
                {"problems", to_json(problems)},
                {"exit_code", kExitUsage}});
  }
  return kExitUsage;
}

Json to_json(const std::vector<pipeline::Problem>& problems) {
  auto list = Json::array();
  for (const auto& problem : problems) {
    list.push_back({{"file", redact(problem.file)},
                    {"line", problem.line},
                    {"column", problem.column},
                    {"message", problem.message}});
  }
  return list;
}

std::string count(std::int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string suggest(std::string_view arguments, const std::string& database_path) {
  auto line = fmt::format("toksync {}", arguments);
  if (database_path != "toksync.db") line += " --db " + shell_word(database_path);
  return line;
}

}  // namespace toksync::cli
