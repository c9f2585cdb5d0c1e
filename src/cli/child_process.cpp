#include "cli/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.hpp"

namespace toksync::cli {
namespace {

std::string reason(int problem) { return std::system_category().message(problem); }

/// A file without a name that holds the text: whoever does not read it blocks nobody.
bool fill(const Descriptor& file, std::string_view text) {
  return file.write(text) && ::lseek(file.number(), 0, SEEK_SET) == 0;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// What the child starts with: its own process group, usual signals, and the given standard input.
class Preparation {
 public:
  explicit Preparation(int input) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) sigaddset(&usual, signal);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Preparation() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  /// 0, or the errno of what failed.
  [[nodiscard]] int spawn(pid_t& child, ChildCommand command) const {
    const auto words = pointers_to(command.words);
    const auto environment = pointers_to(command.environment);
    return posix_spawnp(&child, words.front(), &actions_, &attributes_, words.data(), environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Whether the child has ended when this returns: not when the limit is over or a signal came first.
bool wait_for(pid_t child, SteadyTime deadline, const Clock& clock, const Signals& signals) {
  const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  while (true) {
    const auto left = std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(deadline - clock.steady()));
    std::array<pollfd, 2> events{{{ended.number(), POLLIN, 0}, {signals.wake_descriptor(), POLLIN, 0}}};
    const int ready = ::poll(events.data(), events.size(), static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0 && events[0].revents != 0;
  }
}

std::optional<std::string> describe_end(int status) {
  if (WIFSIGNALED(status)) return fmt::format("it was killed by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
  return std::nullopt;
}

}  // namespace

std::optional<std::string> run_child(const ChildCommand& command, Seconds limit, const Clock& clock,
                                     const Signals& signals) {
  const Descriptor input(memfd_create("document", MFD_CLOEXEC));
  if (!input.is_open() || !fill(input, command.input)) return reason(errno);
  pid_t child = -1;
  const auto deadline = clock.steady() + limit;
  if (const int problem = Preparation(input.number()).spawn(child, command); problem != 0) return reason(problem);
  const bool has_ended = wait_for(child, deadline, clock, signals);
  if (!has_ended) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (has_ended) return describe_end(status);
  if (signals.take() != 0) return "it was given up because of a signal";
  return fmt::format("it did not end within {}", format_duration(limit));
}

}  // namespace toksync::cli
