#include "cli/byte_sink.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace toksync::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBuffer = std::size_t{64} * 1024;
constexpr mode_t kAsTheUmaskSays = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;

tl::unexpected<Error> failed(ErrorKind kind, const std::string& name, std::string hint = {}) {
  return unexpected(kind, "write " + name, std::system_category().message(errno), std::move(hint));
}

bool is_special(const std::string& path) {
  std::error_code problem;
  const auto status = fs::status(path, problem);
  return fs::exists(status) && !fs::is_regular_file(status);
}

/// The file that a link leads to, so that the link stays one.
std::string target_of(const std::string& path) {
  std::error_code problem;
  auto target = fs::weakly_canonical(path, problem);
  return problem ? path : target.string();
}

}  // namespace

struct ByteSink::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (descriptor > STDERR_FILENO) ::close(descriptor);
    if (!draft.empty()) ::unlink(draft.c_str());
  }

  Expected<bool> send() {
    std::string_view rest = buffer;
    while (!rest.empty()) {
      const auto written = ::write(descriptor, rest.data(), rest.size());
      if (written >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EPIPE) {
        return false;
      } else if (errno != EINTR) {
        return failed(ErrorKind::internal, name);
      } else if (should_stop()) {
        return unexpected(ErrorKind::interrupted, "write " + name, "interrupted");
      }
    }
    buffer.clear();
    return true;
  }

  int descriptor = STDOUT_FILENO;
  std::string name = "standard output";
  std::string draft, target;  ///< of a file: its name until it is whole, and then
  std::string buffer;
  std::function<bool()> should_stop;
};

Expected<ByteSink> ByteSink::open(const std::optional<std::string>& path, std::function<bool()> should_stop) {
  auto impl = std::make_unique<Impl>();
  impl->should_stop = std::move(should_stop);
  impl->buffer.reserve(kBuffer * 2);
  if (!path) return ByteSink(std::move(impl));
  impl->name = *path;
  const std::string hint = "the folder must exist and be writable";
  if (is_special(*path)) {
    impl->descriptor = ::open(path->c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (impl->descriptor < 0) return failed(ErrorKind::usage, *path, hint);
    return ByteSink(std::move(impl));
  }
  impl->target = target_of(*path);
  auto draft = impl->target + ".part-" + std::to_string(::getpid());
  impl->descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kAsTheUmaskSays);
  if (impl->descriptor < 0) return failed(ErrorKind::usage, *path, hint);
  impl->draft = std::move(draft);
  return ByteSink(std::move(impl));
}

ByteSink::ByteSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ByteSink::ByteSink(ByteSink&&) noexcept = default;
ByteSink::~ByteSink() = default;

Expected<bool> ByteSink::write(std::string_view bytes) {
  impl_->buffer += bytes;
  return impl_->buffer.size() < kBuffer ? Expected<bool>{true} : impl_->send();
}

Expected<bool> ByteSink::finish() {
  auto sent = impl_->send();
  if (!sent || !*sent || impl_->draft.empty()) return sent;
  if (::fsync(impl_->descriptor) != 0 || ::rename(impl_->draft.c_str(), impl_->target.c_str()) != 0) {
    return failed(ErrorKind::internal, impl_->name);
  }
  impl_->draft.clear();
  return true;
}

}  // namespace toksync::cli
