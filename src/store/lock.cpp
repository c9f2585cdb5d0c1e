#include "store/lock.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/trouble.hpp"

namespace toksync::store {
namespace {

namespace fs = std::filesystem;

/// One name for the database however it was spelled: links followed, the folder made absolute. The file
/// itself need not exist yet.
fs::path real_path(fs::path path) {
  std::error_code ignored;
  constexpr int kLongestChainOfLinks = 40;
  for (int link = 0; link < kLongestChainOfLinks && fs::is_symlink(path, ignored); ++link) {
    path = path.parent_path() / fs::read_symlink(path, ignored);
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  const auto real_folder = fs::canonical(folder, ignored);
  return ignored ? path : real_folder / path.filename();
}

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const auto size = ::pread(descriptor, text.data(), text.size(), 0);
  std::string process(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  process.resize(process.find_first_not_of("0123456789") == std::string::npos
                     ? process.size()
                     : process.find_first_not_of("0123456789"));
  return process.empty() ? "another process" : "process " + process;
}

bool write_process_id(int descriptor) {
  const auto text = std::to_string(::getpid()) + "\n";
  return ::ftruncate(descriptor, 0) == 0 &&
         ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace

std::optional<std::string> lock_holder(const std::string& database_path) {
  const auto path = real_path(database_path).string() + ".lock";
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  // Shared, and given back at once: a run that begins in this very moment is the only one that could notice.
  const bool is_held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  auto holder = is_held ? std::optional(holder_of(descriptor)) : std::nullopt;
  ::close(descriptor);
  return holder;
}

Expected<DatabaseLock> DatabaseLock::acquire(const std::string& database_path) {
  const auto path = real_path(database_path).string() + ".lock";
  const auto operation = "lock database " + database_path;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return tl::unexpected(system_trouble(errno, operation, path));
  DatabaseLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::unexpected(system_trouble(errno, operation, path));
    return unexpected(ErrorKind::locked, operation, holder_of(descriptor) + " is running with it",
                      "wait for it with --lock-wait 5m; reading is possible all the while");
  }
  // The file stays when the lock goes: removing it would let two processes lock two files of one name.
  if (!write_process_id(descriptor)) return tl::unexpected(system_trouble(errno, operation, path));
  return lock;
}

DatabaseLock::DatabaseLock(DatabaseLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

DatabaseLock& DatabaseLock::operator=(DatabaseLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

DatabaseLock::~DatabaseLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace toksync::store
