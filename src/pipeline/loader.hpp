// TOML text becomes a Pipeline, or every complaint about it at once. Used by `cli`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pipeline/pipeline.hpp"

namespace toksync::pipeline {

/// One complaint: where it is, and what was found and what is allowed.
struct Problem {
  std::string file;
  int line = 0;    ///< from 1; 0 when the whole file is meant
  int column = 0;  ///< from 1, in characters
  std::string message;

  /// "file:line:column: message".
  [[nodiscard]] std::string text() const;
};

/// Looks up an environment variable; nothing when it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads and checks a pipeline. `file` is used in messages only. Never touches the network or the file
/// system; the problems come in the order of the file and are never empty on failure. In every string
/// `${NAME}` is replaced by the environment variable and `$$` by one `$`; problems never show what came from
/// the environment, nor anything that looks like an API key.
[[nodiscard]] tl::expected<Pipeline, std::vector<Problem>> parse_pipeline(std::string_view text, std::string_view file,
                                                                          const EnvironmentLookup& environment);

/// Reads the file and parses it. A missing, unreadable, directory, binary or larger than 1 MiB file is a Problem too.
[[nodiscard]] tl::expected<Pipeline, std::vector<Problem>> load_pipeline(const std::string& path,
                                                                         const EnvironmentLookup& environment);

/// The commented starter pipeline that `toksync init` writes; it parses without problems.
[[nodiscard]] std::string starter_pipeline();

}  // namespace toksync::pipeline
