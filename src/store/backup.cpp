#include "store/backup.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace toksync::store {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> failed(const std::string& target, std::string cause, std::string hint = {}) {
  return unexpected(ErrorKind::database, "back up to " + target, std::move(cause), std::move(hint));
}

tl::unexpected<Error> system_failed(const std::string& target) {
  const int problem = errno;
  if (problem == EEXIST) {
    return unexpected(ErrorKind::usage, "back up to " + target, "it exists already, and is not overwritten",
                      "choose another name");
  }
  return failed(target, std::system_category().message(problem), "the folder must exist, be writable and have room");
}

/// The copy while it is not whole yet: under a name of its own, and gone when the work ends, however it ends.
class PartFile {
 public:
  explicit PartFile(std::string path)
      : path_(std::move(path)),
        descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }

  /// Whatever the umask says, its owner may read and write it, and nobody else.
  [[nodiscard]] bool is_private() const { return descriptor_ >= 0 && ::fchmod(descriptor_, S_IRUSR | S_IWUSR) == 0; }
  [[nodiscard]] bool reach_disk() const { return ::fsync(descriptor_) == 0; }
  /// Gives it its name, unless that is taken. Not every file system has hard links.
  [[nodiscard]] bool publish(const std::string& target) const {
    if (::link(path_.c_str(), target.c_str()) == 0) return true;
    return errno != EEXIST && ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_;
};

/// A name is on the disk when its folder is.
bool folder_reaches_disk(const std::string& target) {
  const auto folder = fs::path{target}.parent_path();
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return done;
}

void copy_pages(SQLite::Database& source, SQLite::Database& copy) {
  SQLite::Backup backup(copy, source);
  // All pages in one step are one moment of the source.
  if (const int result = backup.executeStep(); result != SQLITE_DONE) {
    throw SQLite::Exception("the copy was cut short", result);
  }
}

}  // namespace

Expected<void> copy_database(SQLite::Database& source, const std::string& target) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(target, ignored))) {
    errno = EEXIST;
    return system_failed(target);
  }
  const PartFile part(target + ".part-" + std::to_string(::getpid()));
  if (!part.is_private()) return system_failed(target);
  {
    SQLite::Database copy(part.path(), SQLite::OPEN_READWRITE);
    copy_pages(source, copy);
    // One plain file, readable where nothing can be written beside it.
    copy.exec("PRAGMA journal_mode = DELETE");
    const auto verdict = copy.execAndGet("PRAGMA integrity_check(1)").getString();
    if (verdict != "ok") return failed(target, "the copy is damaged, and so is the database: " + verdict);
  }
  if (!part.reach_disk() || !part.publish(target) || !folder_reaches_disk(target)) return system_failed(target);
  return {};
}

}  // namespace toksync::store
