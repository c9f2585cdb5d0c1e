// A child process of a test: started with arguments and environment, its output kept, its end awaited
// with a time limit. Used by the end-to-end tests and by SandboxProcess.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/time.hpp"
#include "support/temporary_folder.hpp"

namespace toksync::test {

/// How a child is started.
struct ProcessOptions {
  std::vector<std::string> arguments;              ///< without the program's own name
  std::map<std::string, std::string> environment;  ///< added to the inherited variables, or replacing them
  std::vector<std::string> unset;                  ///< inherited variables to leave out
  std::string working_directory;                   ///< empty: that of the test
  std::string prelude;                             ///< shell commands before the start, e.g. "ulimit -n 8"
};

/// How a child ended.
struct ProcessResult {
  int exit_code = -1;  ///< as a shell tells it: 128 + n for death by signal n
  int signal = 0;      ///< the signal that killed it; 0 when it exited by itself
  bool core_dumped = false;
  std::string out;
  std::string err;
};

/// One child. Its standard input is empty. The destructor kills it if it still runs, and reaps it.
class Process {
 public:
  /// Throws std::runtime_error when the program cannot be started.
  Process(const std::string& program, const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits until the child ends; nothing when it still runs after `timeout`.
  [[nodiscard]] std::optional<ProcessResult> wait_for(Milliseconds timeout);
  [[nodiscard]] bool running() { return !wait_for(Milliseconds{0}); }
  /// Sends a signal; does nothing once the child has ended.
  void send_signal(int signal);

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// What the child has written so far.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;

 private:
  void reap();

  pid_t pid_ = -1;
  int pid_descriptor_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::optional<ProcessResult> result_;
};

/// Starts a program and waits for its end. Throws std::runtime_error when it takes longer than `timeout`.
[[nodiscard]] ProcessResult run_process(const std::string& program, const ProcessOptions& options,
                                        Milliseconds timeout = Milliseconds{60'000});

}  // namespace toksync::test
