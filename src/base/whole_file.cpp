#include "base/whole_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"

namespace toksync {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kReadableByOwner = S_IRUSR | S_IWUSR;
constexpr mode_t kReadableByAll = kReadableByOwner | S_IRGRP | S_IROTH;
constexpr mode_t kPermissions = S_IRWXU | S_IRWXG | S_IRWXO;

std::string system_reason() { return std::system_category().message(errno); }

tl::unexpected<Error> failure(const std::string& path) {
  return unexpected(ErrorKind::internal, "write " + path, system_reason());
}

bool is_special(const fs::path& path) {
  std::error_code problem;
  const auto status = fs::status(path, problem);
  return fs::exists(status) && !fs::is_regular_file(status);
}

Expected<void> write_into(const std::string& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open() || !file.write(text)) return failure(path);
  return {};
}

/// The file that a link leads to, so that the link stays one.
std::string target_of(const std::string& path) {
  std::error_code problem;
  const auto target = fs::weakly_canonical(path, problem);
  return problem ? path : target.string();
}

mode_t permissions_for(const std::string& target, Readers readers) {
  if (readers == Readers::everybody) return kReadableByAll;
  struct stat present {};
  return ::stat(target.c_str(), &present) == 0 ? present.st_mode & kPermissions : kReadableByOwner;
}

}  // namespace

Expected<void> write_whole_file(const std::string& path, std::string_view text, Readers readers) {
  if (is_special(path)) return write_into(path, text);
  const auto target = target_of(path);
  auto draft = target + ".XXXXXX";
  const Descriptor file(::mkostemp(draft.data(), O_CLOEXEC));
  if (!file.is_open()) return failure(path);
  const bool is_there = ::fchmod(file.number(), permissions_for(target, readers)) == 0 && file.write(text) &&
                        ::fsync(file.number()) == 0 && ::rename(draft.c_str(), target.c_str()) == 0;
  if (is_there) return {};
  const auto problem = failure(path);
  ::unlink(draft.c_str());
  return problem;
}

std::string whole_file_problem(const std::string& path) {
  std::error_code problem;
  if (fs::is_directory(path, problem)) return fmt::format("{} is a folder", path);
  if (is_special(path)) return {};
  const auto parent = fs::path{path}.parent_path();
  const auto folder = parent.empty() ? std::string{"."} : parent.string();
  if (!fs::is_directory(folder, problem)) return fmt::format("there is no folder {}", folder);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return fmt::format("no file can be made in the folder {}", folder);
  return {};
}

}  // namespace toksync
