// Tells whom the pipeline's [notify] names how a run ended. What fails is logged, and nothing more.
#pragma once

#include "cli/wiring.hpp"

namespace toksync::cli {

/// What a run says of itself when it has ended: the document for programs, and the words of it for a command's
/// environment.
struct Notice {
  pipeline::Outcome outcome{};
  int exit_code = 0;
  std::string pipeline, run_id, status, text;  ///< run_id is empty when no run began
  std::string document;                        ///< JSON
};

/// Runs the command and calls the webhook, when the outcome is one that [notify] asks for. The variables that hold
/// secrets are not handed on.
void notify(const World& world, const pipeline::NotifyConfig& config, const std::vector<std::string>& secret_variables,
            const Notice& notice);

}  // namespace toksync::cli
