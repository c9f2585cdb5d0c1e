// toksync init: the starter pipeline, never over an existing file.
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/pipeline_schema.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"

namespace toksync::cli {
namespace {

std::string system_reason() { return std::system_category().message(errno); }

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Expected<void> write_new_file(const std::string& path, std::string_view text) {
  const auto operation = "write " + path;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0 && errno == EEXIST) {
    return unexpected(ErrorKind::usage, operation, "there is such a file already", "name another folder, or move it");
  }
  if (descriptor < 0) return unexpected(ErrorKind::usage, operation, system_reason());
  const bool written = write_all(descriptor, text);
  const auto reason = system_reason();
  ::close(descriptor);
  if (written) return {};
  ::unlink(path.c_str());
  return unexpected(ErrorKind::internal, operation, reason);
}

}  // namespace

int init(World& world, const Options& options) {
  std::error_code problem;
  std::filesystem::create_directories(options.folder, problem);
  if (problem && !std::filesystem::is_directory(options.folder)) {
    return fail(world, options, {ErrorKind::usage, "make folder " + options.folder, problem.message(), ""});
  }
  const auto path = (std::filesystem::path{options.folder} / "pipeline.toml").lexically_normal().string();
  if (const auto written = write_new_file(path, pipeline::starter_pipeline()); !written) {
    return fail(world, options, written.error());
  }
  // The first line of the pipeline points to it. One that is there already is as good, or the user's own.
  const auto schema = (std::filesystem::path{options.folder} / "pipeline.schema.json").lexically_normal().string();
  const auto written = std::filesystem::exists(schema) ? Expected<void>{} : write_new_file(schema, pipeline_schema());
  if (!written) return fail(world, options, written.error());
  if (options.json) {
    print_json({{"pipeline", path}, {"schema", schema}});
  } else if (!options.quiet) {
    fmt::print(
        "wrote {0}, and {1} for editors\n\nNext: edit it, then\n  toksync check {0}    is everything valid?\n"
        "  toksync plan {0}     what would a run do, and cost at most?\n"
        "  toksync run {0}      with the API key in TOKSTA_API_KEY\n",
        path, schema);
  }
  return kExitDone;
}

}  // namespace toksync::cli
