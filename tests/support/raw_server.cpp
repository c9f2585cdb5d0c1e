#include "support/raw_server.hpp"

#include <array>
#include <stdexcept>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace toksync::test {
namespace {

std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const auto at = head.find(kName);
  return at == std::string_view::npos ? 0 : std::stoul(std::string(head.substr(at + kName.size(), 12)));
}

}  // namespace

std::string RawConnection::read_request() {
  for (;;) {
    const auto head_end = buffer_.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      const auto size = head_end + 4 + content_length(buffer_.substr(0, head_end + 2));
      if (buffer_.size() >= size) {
        ++requests_;
        auto request = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return request;
      }
    }
    std::array<char, 4096> chunk{};
    const auto count = recv(socket_, chunk.data(), chunk.size(), 0);
    if (count <= 0) return {};
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

void RawConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RawConnection::answer(std::string_view body) const {
  send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

int listen_on_loopback(int backlog) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener, backlog) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  return listener;
}

int port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw std::runtime_error("no port");
  return ntohs(address.sin_port);
}

RawServer::RawServer(Script script)
    : script_(std::move(script)),
      listener_(listen_on_loopback(64)),
      port_(port_of(listener_)),
      thread_([this] { serve(); }) {}

RawServer::~RawServer() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  if (const int connection = current_; connection >= 0) shutdown(connection, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::string RawServer::url(std::string_view path, std::string_view scheme) const {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void RawServer::serve() {
  while (!stopping_) {
    const int accepted = accept(listener_, nullptr, nullptr);
    if (accepted < 0) return;
    current_ = accepted;
    RawConnection connection(accepted, connections_++, requests_);
    script_(connection);
    current_ = -1;
    close(accepted);
  }
}

}  // namespace toksync::test
