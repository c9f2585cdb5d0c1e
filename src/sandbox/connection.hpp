// One accepted connection. cpp-httplib reads requests from it and writes answers to it; a fault can break
// it off in the middle of either.
#pragma once

#include <array>
#include <string>

#include "base/time.hpp"
#include "sandbox/http_library.hpp"

namespace toksync::sandbox {

/// Owns the socket and closes it.
class Connection final : public httplib::Stream {
 public:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  using httplib::Stream::write;
  [[nodiscard]] bool is_readable() const override;
  [[nodiscard]] bool is_writable() const override { return !broken_; }
  ssize_t read(char* data, std::size_t size) override;
  ssize_t write(const char* data, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  [[nodiscard]] socket_t socket() const override { return descriptor_; }

  /// Ends the connection now; whatever is written later goes nowhere.
  void break_off();
  [[nodiscard]] bool broken() const { return broken_; }
  /// Whether the client has closed its side.
  [[nodiscard]] bool client_gone() const;
  /// Waits for the next request; false when none comes in time, or never will.
  [[nodiscard]] bool wait_readable(Milliseconds timeout) const;

 private:
  int descriptor_;
  bool broken_ = false;
  std::array<char, 8192> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace toksync::sandbox
