#include "sandbox/connection.hpp"

#include <algorithm>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace toksync::sandbox {
namespace {
constexpr Milliseconds longest_silence{30'000};
}

Connection::~Connection() { ::close(descriptor_); }

bool Connection::wait_readable(Milliseconds timeout) const {
  if (begin_ < end_) return true;
  pollfd readable{descriptor_, POLLIN, 0};
  return ::poll(&readable, 1, static_cast<int>(timeout.count())) > 0 && !client_gone();
}

bool Connection::is_readable() const { return !broken_ && wait_readable(longest_silence); }

ssize_t Connection::read(char* data, std::size_t size) {
  if (broken_) return -1;
  if (begin_ == end_) {
    pollfd readable{descriptor_, POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(longest_silence.count())) <= 0) return -1;
    const ssize_t got = ::recv(descriptor_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
  }
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(data, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* data, std::size_t size) {
  std::size_t done = 0;
  while (!broken_ && done < size) {
    const ssize_t sent = ::send(descriptor_, data + done, size - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return -1;
    done += static_cast<std::size_t>(sent);
  }
  return broken_ ? -1 : static_cast<ssize_t>(size);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void Connection::break_off() {
  broken_ = true;
  ::shutdown(descriptor_, SHUT_RDWR);
}

bool Connection::client_gone() const {
  char byte = 0;
  const ssize_t got = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace toksync::sandbox
