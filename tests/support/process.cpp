#include "support/process.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace toksync::test {
namespace {

/// A file without a name: the child can write any amount to it without anybody reading.
int output_file(const char* name) {
  const int descriptor = memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("memfd_create failed");
  return descriptor;
}

std::string contents_of(int descriptor) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) return {};
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = pread(descriptor, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  text.resize(done);
  return text;
}

std::vector<std::string> environment_of(const ProcessOptions& options) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::string name = variable.substr(0, variable.find('='));
    const bool left_out = std::find(options.unset.begin(), options.unset.end(), name) != options.unset.end();
    if (!left_out && !options.environment.contains(name)) variables.push_back(variable);
  }
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The command line, behind a shell that replaces itself by the program when there is a prelude.
std::vector<std::string> command_of(const std::string& program, const ProcessOptions& options) {
  std::vector<std::string> command{program};
  if (!options.prelude.empty()) command = {"/bin/sh", "-c", options.prelude + "; exec \"$0\" \"$@\"", program};
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  return command;
}

pid_t spawn(const std::string& program, const ProcessOptions& options, int out, int err) {
  std::vector<std::string> arguments = command_of(program, options);
  std::vector<std::string> variables = environment_of(options);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  if (!options.working_directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, options.working_directory.c_str());
  }
  pid_t pid = -1;
  const int failure = posix_spawn(&pid, arguments.front().c_str(), &actions, nullptr, pointers_to(arguments).data(),
                                  pointers_to(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + program + ": " + std::strerror(failure));
  return pid;
}

}  // namespace

Process::Process(const std::string& program, const ProcessOptions& options)
    : out_(output_file("stdout")), err_(output_file("stderr")) {
  pid_ = spawn(program, options, out_, err_);
  pid_descriptor_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pid_descriptor_ < 0) throw std::runtime_error("pidfd_open failed");
}

Process::~Process() {
  if (!result_) {
    ::kill(pid_, SIGKILL);
    reap();
  }
  close(pid_descriptor_);
  close(out_);
  close(err_);
}

void Process::reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ProcessResult result;
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  result.core_dumped = WIFSIGNALED(status) && WCOREDUMP(status);
  result.exit_code = result.signal != 0 ? 128 + result.signal : WEXITSTATUS(status);
  result.out = out();
  result.err = err();
  result_ = std::move(result);
}

std::optional<ProcessResult> Process::wait_for(Milliseconds timeout) {
  if (result_) return result_;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  pollfd ended{pid_descriptor_, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    const int ready = poll(&ended, 1, static_cast<int>(std::max<Milliseconds::rep>(left.count(), 0)));
    if (ready > 0) break;
    if (ready == 0) return std::nullopt;
  }
  reap();
  return result_;
}

void Process::send_signal(int signal) {
  if (!result_) ::kill(pid_, signal);
}

std::string Process::out() const { return contents_of(out_); }
std::string Process::err() const { return contents_of(err_); }

ProcessResult run_process(const std::string& program, const ProcessOptions& options, Milliseconds timeout) {
  Process process(program, options);
  auto result = process.wait_for(timeout);
  if (!result) throw std::runtime_error(program + " did not end in time; so far it wrote:\n" + process.err());
  return *std::move(result);
}

}  // namespace toksync::test
