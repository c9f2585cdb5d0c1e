// The curl transport against a real HTTP server.
// Debian builds the library with these (pkg-config --cflags cpp-httplib); its types depend on them.
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_ZLIB_SUPPORT
#define CPPHTTPLIB_BROTLI_SUPPORT
#endif
#include <cstdlib>
#include <filesystem>
#include <future>
#include <set>
#include <thread>

#include <doctest/doctest.h>
#include <httplib.h>
#include <unistd.h>

#include "http/exchange.hpp"
#include "support/raw_server.hpp"

namespace toksync::http {
namespace {

using test::listen_on_loopback;
using test::port_of;
using test::RawConnection;
using test::RawServer;

template <typename Server>
class Running {
 public:
  template <typename... Arguments>
  explicit Running(Arguments&&... arguments) : server(std::forward<Arguments>(arguments)...) {}
  ~Running() {
    server.stop();
    if (thread_.joinable()) thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void start() {
    port_ = server.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
  }
  [[nodiscard]] std::string url(const std::string& path, const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
  }

  Server server;

 private:
  int port_ = 0;
  std::thread thread_;
};
using Plain = Running<httplib::Server>;

constexpr std::size_t kMany = 20;

TEST_CASE("a GET and a POST bring back status, lower-case headers and the body as it is") {
  Plain running;
  running.server.Get("/thing", [](const httplib::Request&, httplib::Response& response) {
    response.set_header("X-RateLimit-Limit", "60");
    response.set_content(std::string("a\0b", 3), "text/plain");
  });
  running.server.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
    response.status = 418;
    response.set_content(request.body + request.get_header_value("X-Extra"), "text/plain");
  });
  running.start();
  Client client;

  const auto got = client.response_to(get_request(running.url("/thing")));
  CHECK(got.status == 200);
  CHECK(got.header("x-ratelimit-limit") == "60");
  CHECK(got.header("no-such-header").empty());
  CHECK(got.body == std::string("a\0b", 3));

  auto request = post_request(running.url("/echo"), std::string(200'000, 'p'));
  request.headers = {{"Content-Type", "application/json"}, {"X-Extra", "!"}};
  const auto posted = client.response_to(std::move(request));
  CHECK(posted.status == 418);
  CHECK(posted.body == std::string(200'000, 'p') + "!");
}

TEST_CASE("connections are kept alive for reads, and fresh for what must be sent once") {
  Plain running;
  std::set<int> ports;
  running.server.Post("/", [&ports](const httplib::Request& request, httplib::Response& response) {
    ports.insert(request.remote_port);
    response.set_content("ok", "text/plain");
  });
  running.start();
  Client client;
  for (int i = 0; i < 3; ++i) CHECK(client.response_to(post_request(running.url("/"), "{}")).status == 200);
  CHECK(ports.size() == 1);
  for (int i = 0; i < 2; ++i) CHECK(client.response_to(post_request(running.url("/"), "{}", true)).status == 200);
  CHECK(ports.size() == 3);
}

TEST_CASE("a redirect is an answer like any other: the key follows it nowhere") {
  Plain running;
  bool followed = false;
  running.server.Get("/from",
                     [](const httplib::Request&, httplib::Response& response) { response.set_redirect("/to", 302); });
  running.server.Get("/to", [&followed](const httplib::Request&, httplib::Response&) { followed = true; });
  running.start();
  Client client;
  CHECK(client.response_to(get_request(running.url("/from"))).status == 302);
  CHECK_FALSE(followed);
}

TEST_CASE("compressed answers are unpacked, and the bound counts what comes out") {
  Plain running;
  running.server.Get("/zeros", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(500'000, '0'), "text/plain");
  });
  running.start();
  Client client;
  const auto response = client.response_to(get_request(running.url("/zeros")));
  CHECK(response.body == std::string(500'000, '0'));
  REQUIRE_FALSE(response.header("content-encoding").empty());

  CurlOptions options;
  options.max_answer_bytes = 100'000;
  CHECK(Client(options).failure_of(get_request(running.url("/zeros"))).code == "TOO_LARGE");
}

TEST_CASE("many requests run side by side") {
  Plain running;
  // The server gives each connection a thread for as long as it is kept alive.
  running.server.new_task_queue = [] { return new httplib::ThreadPool(kMany); };
  running.server.Get("/(\\d+)", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.matches[1].str(), "text/plain");
  });
  running.start();
  Client client;
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    client.transport->start(RequestId{i}, get_request(running.url("/" + std::to_string(i))));
  }
  CHECK_THROWS_AS(client.transport->start(RequestId{1}, get_request(running.url("/1"))), std::logic_error);
  std::set<std::uint64_t> seen;
  const auto deadline = client.clock.steady() + Seconds{20};
  while (seen.size() < kMany && client.clock.steady() < deadline) {
    for (const auto& completion : client.transport->wait(deadline)) {
      const auto id = static_cast<std::uint64_t>(completion.id);
      CHECK(std::get<Response>(completion.outcome).body == std::to_string(id));
      CHECK(completion.duration >= Milliseconds{0});
      seen.insert(id);
    }
  }
  CHECK(seen.size() == kMany);
}

TEST_CASE("a canceled request never completes, and its handle serves the next one") {
  RawServer silent([](RawConnection& connection) {
    if (connection.read_request().starts_with("GET /silent")) static_cast<void>(connection.read_request());
    connection.answer("next");
  });
  Client client;
  client.transport->start(RequestId{900}, get_request(silent.url("/silent")));
  CHECK(client.transport->wait(client.clock.steady() + Milliseconds{50}).empty());
  client.transport->cancel(RequestId{900});
  client.transport->cancel(RequestId{901});
  CHECK(client.response_to(get_request(silent.url("/next"))).body == "next");
}

TEST_CASE("a wake-up ends a wait at once") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  CurlOptions options;
  options.wake_fd = ends[0];
  Client client(options);
  const auto begin = client.clock.steady();
  CHECK(client.transport->wait(begin + Milliseconds{30}).empty());
  CHECK(client.clock.steady() >= begin + Milliseconds{30});

  REQUIRE(write(ends[1], "!", 1) == 1);
  CHECK(client.transport->wait(begin + Seconds{30}).empty());
  CHECK(client.clock.steady() < begin + Seconds{10});
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("the environment's proxy is not asked for loopback") {
  const char* const before = std::getenv("http_proxy");
  const std::string saved = before == nullptr ? "" : before;
  const int listener = listen_on_loopback(1);
  setenv("http_proxy", ("http://127.0.0.1:" + std::to_string(port_of(listener))).c_str(), 1);
  close(listener);

  Plain running;
  running.server.Get(
      "/", [](const httplib::Request&, httplib::Response& response) { response.set_content("direct", "text/plain"); });
  running.start();
  Client client;
  CHECK(client.response_to(get_request(running.url("/"))).body == "direct");
  const auto elsewhere = client.failure_of(get_request("http://no-such-host.invalid/"));
  CHECK(elsewhere.code == "CONNECT_FAILED");
  CHECK_FALSE(elsewhere.may_have_arrived);

  if (saved.empty()) {
    unsetenv("http_proxy");
  } else {
    setenv("http_proxy", saved.c_str(), 1);
  }
}

TEST_CASE("a certificate that nobody vouches for ends the handshake before anything is sent") {
  auto folder = (std::filesystem::temp_directory_path() / "toksync-tls-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const auto certificate = folder + "/certificate.pem";
  const auto key = folder + "/key.pem";
  const auto command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
      "-addext subjectAltName=IP:127.0.0.1 -keyout " +
      key + " -out " + certificate + " 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);

  Running<httplib::SSLServer> running(certificate.c_str(), key.c_str());
  bool arrived = false;
  running.server.Post("/", [&arrived](const httplib::Request&, httplib::Response&) { arrived = true; });
  running.start();
  Client client;
  const auto failure = client.failure_of(post_request(running.url("/", "https"), "{}", true));
  CHECK(failure.code == "TLS_FAILED");
  CHECK_FALSE(failure.may_have_arrived);
  CHECK_FALSE(arrived);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace toksync::http
