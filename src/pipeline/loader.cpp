#include "pipeline/loader.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "pipeline/build.hpp"
#include "pipeline/check.hpp"
#include "pipeline/complaints.hpp"
#include "pipeline/document.hpp"
#include "pipeline/effective.hpp"
#include "pipeline/format.hpp"
#include "pipeline/identity.hpp"
#include "pipeline/rules.hpp"
#include "pipeline/strings.hpp"

namespace toksync::pipeline {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;

using Problems = std::vector<Problem>;

tl::unexpected<Problems> one_problem(std::string_view file, Position at, std::string_view path,
                                     std::string_view message) {
  Complaints complaints{std::string{file}};
  complaints.add(at, path, message);
  return tl::unexpected(complaints.in_file_order());
}

/// The version's entry when the file is of a format that is yet to come.
const Entry* find_newer_version(const Table& document) {
  const auto* const entry = find(document, "version");
  const auto* const version = entry == nullptr ? nullptr : std::get_if<std::int64_t>(&entry->node.value);
  return version != nullptr && *version > kFormatVersion ? entry : nullptr;
}

tl::expected<std::string, std::string> read_file(const std::string& path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status)) return tl::unexpected(std::string{"there is no such file"});
  if (std::filesystem::is_directory(status)) return tl::unexpected(std::string{"is a directory, not a pipeline file"});
  std::ifstream file{path, std::ios::binary};
  std::string text(kLargestFile + 1, '\0');
  if (!file) return tl::unexpected(std::string{"cannot be opened for reading"});
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return tl::unexpected(std::string{"cannot be read"});
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile) return tl::unexpected(std::string{"is larger than 1 MiB, so it is no pipeline file"});
  return text;
}

}  // namespace

tl::expected<Pipeline, Problems> parse_pipeline(std::string_view text, std::string_view file,
                                                const EnvironmentLookup& environment) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return one_problem(file, {}, "", "is empty; toksync init writes a pipeline to start from");
  }
  if (text.find('\0') != std::string_view::npos) return one_problem(file, {}, "", "is a binary file, not TOML text");
  auto document = read_document(text);
  if (!document) return one_problem(file, document.error().at, "", document.error().message);
  if (const auto* const version = find_newer_version(*document)) {
    return one_problem(file, version->node.at, version->path,
                       fmt::format("found {}, but this toksync is too old for it: it reads version {}",
                                   describe(version->node), kFormatVersion));
  }
  Complaints complaints{std::string{file}};
  prepare_strings(*document, environment, complaints);
  refuse_keys_in_comments(text, complaints);
  check_against_format(*document, complaints);
  const auto sets = effective_sets(*document, complaints);
  auto built = build_pipeline(*document, sets);
  check_rules(*document, sets, built, complaints);
  if (!complaints.empty()) return tl::unexpected(complaints.in_file_order());
  built.text = text;
  built.sha256 = sha256_hex(identity_of(*document));
  return built;
}

tl::expected<Pipeline, Problems> load_pipeline(const std::string& path, const EnvironmentLookup& environment) {
  const auto text = read_file(path);
  if (!text) return one_problem(path, {}, "", text.error());
  return parse_pipeline(*text, path, environment);
}

}  // namespace toksync::pipeline
