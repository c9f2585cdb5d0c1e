#include "sandbox/listener.hpp"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace toksync::sandbox {
namespace {

constexpr std::size_t workers = 160;
constexpr int backlog = 512;
constexpr std::size_t requests_per_connection = 10'000;  // what the Keep-Alive header says
constexpr Milliseconds longest_idle{60'000};
// How a handler finds the connection its request came on.
constexpr const char* connection_header = "Sandbox-Connection";

/// A listening socket, or -1 with errno set.
int listening_socket(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    errno = EINVAL;
    return -1;
  }
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (bound && ::listen(descriptor, backlog) == 0) return descriptor;
  const int failure = errno;
  ::close(descriptor);
  errno = failure;
  return -1;
}

/// Forgets the wake-ups so far; the pipe does not block.
void drain(int pipe) {
  std::array<char, 64> bytes{};
  static_cast<void>(!::read(pipe, bytes.data(), bytes.size()));
}

int port_of(int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void prepare(HttpRequest& request, const Connection& connection) {
  request.headers.erase(connection_header);
  request.set_header(connection_header, std::to_string(reinterpret_cast<std::uintptr_t>(&connection)));
  // Without a length HTTP means no body; cpp-httplib would wait for the end of the connection.
  const bool has_length = request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
  if (!has_length) request.set_header("Content-Length", "0");
}

Connection* connection_of(const HttpRequest& request) {
  const std::string number = request.get_header_value(connection_header);
  return reinterpret_cast<Connection*>(std::stoull(number));  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace

Listener::Listener(Answerer answerer) : answerer_(std::move(answerer)) {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
    wake_read_ = ends[0];
    wake_write_ = ends[1];
  }
  set_read_timeout(std::chrono::seconds(30));
  set_keep_alive_max_count(requests_per_connection);
  set_keep_alive_timeout(longest_idle / Seconds{1});
  handle_everything();
}

Listener::~Listener() {
  if (listening_ >= 0) ::close(listening_);
  ::close(wake_read_);
  ::close(wake_write_);
}

void Listener::handle_everything() {
  const Handler handler = [this](const HttpRequest& request, HttpResponse& response) {
    answerer_(request, response, *connection_of(request));
  };
  Get(".*", handler);
  Post(".*", handler);
  Put(".*", handler);
  Patch(".*", handler);
  Delete(".*", handler);
  Options(".*", handler);
}

Expected<int> Listener::open(const std::string& host, int port) {
  listening_ = listening_socket(host, port);
  if (listening_ < 0) {
    return unexpected(ErrorKind::usage, "listen on " + host + ":" + std::to_string(port), std::strerror(errno),
                      "choose another --host or --port");
  }
  host_ = host;
  port_ = port_of(listening_);
  return port_;
}

void Listener::run() {
  httplib::ThreadPool pool(workers);
  while (!stopping_) {
    if (refusing()) {
      reopen();
    } else {
      accept_one(pool);
    }
  }
  pool.shutdown();
}

void Listener::accept_one(httplib::ThreadPool& pool) {
  std::array<pollfd, 2> sources = {pollfd{listening_, POLLIN, 0}, pollfd{wake_read_, POLLIN, 0}};
  if (::poll(sources.data(), sources.size(), -1) <= 0) return;
  if ((sources[1].revents & POLLIN) != 0) {
    drain(wake_read_);
    return;
  }
  const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) return;
  const int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  pool.enqueue([this, descriptor] { serve(descriptor); });
}

void Listener::reopen() {
  ::close(listening_);
  const Milliseconds duration{refuse_milliseconds_.load()};
  pollfd wake{wake_read_, POLLIN, 0};
  drain(wake_read_);
  if (!stopping_) ::poll(&wake, 1, static_cast<int>(duration.count()));
  refuse_milliseconds_ = 0;
  listening_ = listening_socket(host_, port_);
  if (listening_ < 0) stopping_ = true;
}

bool Listener::keep_open() { return !stopping_ && !refusing(); }

void Listener::serve(int descriptor) {
  Connection connection(descriptor);
  {
    const std::lock_guard lock(mutex_);
    open_.insert(descriptor);
  }
  bool closed = false;
  while (keep_open() && !closed && !connection.broken() && connection.wait_readable(longest_idle)) {
    const bool served = process_request(connection, false, closed,
                                        [&connection](HttpRequest& request) { prepare(request, connection); });
    if (!served) break;
  }
  const std::lock_guard lock(mutex_);
  open_.erase(descriptor);
}

void Listener::stop() {
  stopping_ = true;
  {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
  }
  static_cast<void>(!::write(wake_write_, "s", 1));
}

void Listener::refuse_for(Milliseconds duration) {
  refuse_milliseconds_ = std::max<Milliseconds::rep>(1, duration.count());
  {
    const std::lock_guard lock(mutex_);
    // Their reading side only: an answer that is being written still arrives.
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RD);
  }
  static_cast<void>(!::write(wake_write_, "r", 1));
}

}  // namespace toksync::sandbox
