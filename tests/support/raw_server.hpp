// A TCP server on loopback that does to each connection exactly what a test says, well-formed HTTP or
// not. It counts the requests that arrive, which is what decides whether something was sent twice.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace toksync::test {

/// One accepted connection; closed at the end of the script.
class RawConnection {
 public:
  RawConnection(int socket, int number, std::atomic<int>& requests)
      : socket_(socket), number_(number), requests_(requests) {}

  [[nodiscard]] int number() const { return number_; }  ///< from 0
  /// The next whole request, body included; empty when the client closed instead.
  [[nodiscard]] std::string read_request();
  void send(std::string_view bytes) const;
  /// A 200 with that body, keep-alive.
  void answer(std::string_view body) const;

 private:
  int socket_;
  int number_;
  std::atomic<int>& requests_;
  std::string buffer_;
};

class RawServer {
 public:
  using Script = std::function<void(RawConnection&)>;

  /// Serves one connection after the other with the script.
  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] std::string url(std::string_view path = "/", std::string_view scheme = "http") const;
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve();

  Script script_;
  int listener_;
  int port_;
  std::atomic<int> current_{-1};
  std::atomic<int> requests_{0};
  std::atomic<int> connections_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Binds an unused port of 127.0.0.1 and listens with that backlog; returns the socket.
[[nodiscard]] int listen_on_loopback(int backlog);
[[nodiscard]] int port_of(int socket);

}  // namespace toksync::test
