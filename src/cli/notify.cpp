#include "cli/notify.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "cli/child_process.hpp"

namespace toksync::cli {
namespace {

std::string absolute(const std::string& path) {
  std::error_code problem;
  const auto full = std::filesystem::absolute(path, problem);
  return problem ? path : full.string();
}

/// Ours, without secrets, and with what tells of the run. TOKSYNC_DB makes toksync look at the same database.
std::vector<std::string> environment_of(const World& world, const std::vector<std::string>& secret_variables,
                                        const Notice& notice) {
  std::vector<std::string> told{fmt::format("TOKSYNC_RUN_ID={}", notice.run_id),
                                fmt::format("TOKSYNC_RUN_PIPELINE={}", notice.pipeline),
                                fmt::format("TOKSYNC_RUN_OUTCOME={}", to_string(notice.outcome)),
                                fmt::format("TOKSYNC_RUN_STATUS={}", notice.status),
                                fmt::format("TOKSYNC_RUN_EXIT_CODE={}", notice.exit_code),
                                fmt::format("TOKSYNC_RUN_TEXT={}", notice.text),
                                fmt::format("TOKSYNC_DB={}", absolute(world.database_path))};
  const auto name_of = [](std::string_view variable) { return variable.substr(0, variable.find('=')); };
  const auto is_replaced = [&](std::string_view variable) {
    return std::ranges::find(secret_variables, name_of(variable)) != secret_variables.end() ||
           std::ranges::any_of(told, [&](const auto& ours) { return name_of(ours) == name_of(variable); });
  };
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_replaced(*variable)) variables.emplace_back(*variable);
  }
  variables.insert(variables.end(), told.begin(), told.end());
  return variables;
}

/// "https://hooks.example.com": the rest of an address may be as good as a password.
std::string origin_of(const std::string& url) { return url.substr(0, url.find_first_of("/?", url.find("://") + 3)); }

/// Nothing when the answer is a success, otherwise what came instead.
std::optional<std::string> problem_of(const http::Completion& completion) {
  if (const auto* const failure = std::get_if<http::TransportFailure>(&completion.outcome)) {
    return fmt::format("{}: {}", failure->code, failure->message);
  }
  const auto status = std::get<http::Response>(completion.outcome).status;
  if (status >= 200 && status < 300) return std::nullopt;
  return fmt::format("it answered with HTTP status {}", status);
}

std::optional<std::string> call_webhook(const World& world, const pipeline::NotifyConfig& config, const Notice& notice,
                                        const Signals& signals) {
  const auto transport = make_transport(world, signals);
  const auto deadline = world.clock.steady() + config.timeout;
  transport->start(http::RequestId{1}, {.method = http::Method::post,
                                        .url = config.webhook.reveal(),
                                        .path = "webhook",
                                        .headers = {{"Content-Type", "application/json"}},
                                        .body = notice.document,
                                        .timeout = config.timeout,
                                        .exactly_once = true});
  while (true) {
    const auto completions = transport->wait(deadline + Seconds{1});
    if (!completions.empty()) return problem_of(completions.front());
    if (signals.take() != 0) return "it was given up because of a signal";
    if (world.clock.steady() >= deadline) {
      return fmt::format("it did not answer within {}", format_duration(config.timeout));
    }
  }
}

}  // namespace

void notify(const World& world, const pipeline::NotifyConfig& config, const std::vector<std::string>& secret_variables,
            const Notice& notice) {
  if (!config.on.contains(notice.outcome)) return;
  const Signals signals;
  if (!config.command.empty()) {
    const ChildCommand command{config.command, environment_of(world, secret_variables, notice), notice.document};
    if (const auto problem = run_child(command, config.timeout, world.clock, signals)) {
      world.env.logger->error("the command of [notify], {}: {}", config.command.front(), *problem);
    }
  }
  if (config.webhook.empty()) return;
  if (const auto problem = call_webhook(world, config, notice, signals)) {
    world.env.logger->error("the webhook of [notify] at {}: {}", origin_of(config.webhook.reveal()), *problem);
  }
}

}  // namespace toksync::cli
