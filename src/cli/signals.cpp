#include "cli/signals.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <stdexcept>

#include <sys/eventfd.h>
#include <unistd.h>

namespace toksync::cli {
namespace {

// A signal handler reaches nothing but what is static.
std::atomic<int> received{0};
std::atomic<int> wake{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  int none = 0;
  if (!received.compare_exchange_strong(none, signal)) _exit(128 + signal);
  const std::uint64_t one = 1;
  // A full counter is readable already, so a write that fails changes nothing.
  [[maybe_unused]] const auto written = write(wake.load(), &one, sizeof one);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Signals::Signals() : wake_descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (wake_descriptor_ < 0) throw std::runtime_error("the system gives no event descriptor");
  received = 0;
  wake = wake_descriptor_;
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  handle(SIGPIPE, SIG_IGN);
}

Signals::~Signals() {
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
  handle(SIGPIPE, SIG_DFL);
  wake = -1;
  close(wake_descriptor_);
}

int Signals::take() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(wake_descriptor_, &count, sizeof count);
  return received;
}

}  // namespace toksync::cli
