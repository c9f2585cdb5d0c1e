// What the curl transport does when the other side breaks off, lies or is not there.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/exchange.hpp"
#include "support/raw_server.hpp"

namespace toksync::http {
namespace {

using test::listen_on_loopback;
using test::port_of;
using test::RawConnection;
using test::RawServer;

// Answers the first request of the first connection and hangs up on every other request.
void answer_once_then_hang_up(RawConnection& connection) {
  if (connection.number() == 0 && !connection.read_request().empty()) connection.answer("first");
  static_cast<void>(connection.read_request());
}

TEST_CASE("a request that must be sent once is not sent again when its connection dies") {
  RawServer server([](RawConnection& connection) { static_cast<void>(connection.read_request()); });
  Client client;
  const auto failure = client.failure_of(post_request(server.url(), "{}", true));
  CHECK(failure.code == "CONNECTION_LOST");
  CHECK(failure.may_have_arrived);
  CHECK(server.requests() == 1);
  CHECK(server.connections() == 1);
}

// Why exactly_once exists: the second request is sent on the old connection, and once more on a new one.
TEST_CASE("without exactly_once libcurl sends again what dies on a kept-alive connection") {
  RawServer server(answer_once_then_hang_up);
  Client client;
  REQUIRE(client.response_to(get_request(server.url())).body == "first");
  CHECK(client.failure_of(post_request(server.url(), "{}")).may_have_arrived);
  CHECK(server.requests() == 3);
}

TEST_CASE("exactly_once leaves a kept-alive connection alone") {
  RawServer server([](RawConnection& connection) {
    if (connection.number() == 0 && !connection.read_request().empty()) {
      connection.answer("first");
      return;
    }
    static_cast<void>(connection.read_request());
  });
  Client client;
  REQUIRE(client.response_to(get_request(server.url())).body == "first");
  const auto failure = client.failure_of(post_request(server.url(), "{}", true));
  CHECK(failure.code == "CONNECTION_LOST");
  CHECK(failure.may_have_arrived);
  CHECK(server.requests() == 2);
  CHECK(server.connections() == 2);
}

TEST_CASE("a refused connection is known to have carried nothing") {
  const int listener = listen_on_loopback(1);
  const auto url = "http://127.0.0.1:" + std::to_string(port_of(listener)) + "/";
  close(listener);
  Client client;
  const auto failure = client.failure_of(post_request(url, "{}", true));
  CHECK(failure.code == "CONNECT_FAILED");
  CHECK_FALSE(failure.may_have_arrived);
}

TEST_CASE("a connection that is never accepted is given up after the connect timeout, with nothing sent") {
  // A backlog of 0 holds one connection; the kernel leaves the next one unanswered.
  const int listener = listen_on_loopback(0);
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int filler = socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(connect(filler, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);

  CurlOptions options;
  options.connect_timeout = Milliseconds{150};
  Client client(options);
  const auto url = "http://127.0.0.1:" + std::to_string(port_of(listener)) + "/";
  const auto failure = client.failure_of(get_request(url));
  CHECK(failure.code == "CONNECT_FAILED");
  CHECK_FALSE(failure.may_have_arrived);
  close(filler);
  close(listener);
}

TEST_CASE("a name that does not resolve is known to have carried nothing") {
  Client client;
  auto request = get_request("https://no-such-host.invalid/");
  request.bearer = Secret("tk_test_000000000000000000000000000000000000000000000000");
  const auto failure = client.failure_of(std::move(request));
  // Behind a proxy of the environment it is the proxy that fails to resolve the name.
  CHECK((failure.code == "DNS_FAILED" || failure.code == "CONNECT_FAILED" || failure.code == "CONNECTION_LOST"));
}

TEST_CASE("a failed TLS handshake is known to have carried nothing") {
  RawServer server([](RawConnection& connection) { connection.send("this is not TLS at all\r\n\r\n"); });
  Client client;
  const auto failure = client.failure_of(post_request(server.url("/", "https"), "{}", true));
  CHECK(failure.code == "TLS_FAILED");
  CHECK_FALSE(failure.may_have_arrived);
}

TEST_CASE("an answer that is cut short or is not HTTP is a lost connection that may have arrived") {
  const char* broken = "";
  SUBCASE("fewer bytes than promised") { broken = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"success\""; }
  SUBCASE("chunks without an end") { broken = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"suc\r\n"; }
  SUBCASE("not HTTP") { broken = "garbage and nothing else\r\n"; }
  SUBCASE("half a status line") { broken = "HTTP/1.1 2"; }
  SUBCASE("a broken compression") {
    broken = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!";
  }
  RawServer server([broken](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(broken);
  });
  Client client;
  const auto failure = client.failure_of(post_request(server.url(), "{}", true));
  CHECK(failure.code == "CONNECTION_LOST");
  CHECK(failure.may_have_arrived);
  CHECK(server.requests() == 1);
}

TEST_CASE("headers of an interim answer are not those of the answer") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send("HTTP/1.1 103 Early Hints\r\nX-Hint: early\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\nX-Request-Id:  req_1 \r\nContent-Length: 2\r\n\r\nok");
  });
  Client client;
  const auto response = client.response_to(get_request(server.url()));
  CHECK(response.status == 200);
  CHECK(response.body == "ok");
  CHECK(response.header("x-request-id") == "req_1");
  CHECK(response.header("x-hint").empty());
}

TEST_CASE("what is sent is HTTP/1.1 with the key, compression on offer and no Expect") {
  std::string seen;
  RawServer server([&seen](RawConnection& connection) {
    seen = connection.read_request();
    connection.answer("ok");
  });
  Client client;
  auto request = post_request(server.url("/v1/creators/enrich"), std::string(3000, 'x'));
  request.headers = {{"Content-Type", "application/json"}};
  request.bearer = Secret("tk_test_000000000000000000000000000000000000000000000000");
  CHECK(client.response_to(std::move(request)).status == 200);
  CHECK(seen.starts_with("POST /v1/creators/enrich HTTP/1.1\r\n"));
  CHECK(seen.find("\r\nAuthorization: Bearer tk_test_0000") != std::string::npos);
  CHECK(seen.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(seen.find("\r\nAccept-Encoding: ") != std::string::npos);
  CHECK(seen.find("gzip") != std::string::npos);
  CHECK(seen.find("\r\nUser-Agent: toksync\r\n") != std::string::npos);
  CHECK(seen.find("Expect") == std::string::npos);
  CHECK(seen.ends_with("\r\n\r\n" + std::string(3000, 'x')));
}

TEST_CASE("a key that the server echoes does not come back") {
  const std::string key = "any-key-of-an-unknown-shape";
  RawServer server([&key](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    const auto body = "{\"you sent\": \"Bearer " + key + "\", \"again\": \"" + key + key + "\"}";
    connection.send("HTTP/1.1 200 OK\r\nX-Request-Id: req_" + key +
                    "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  Client client;
  auto request = get_request(server.url());
  request.bearer = Secret(key);
  const auto response = client.response_to(std::move(request));
  CHECK(response.body == R"({"you sent": "Bearer ***", "again": "******"})");
  CHECK(response.header("x-request-id") == "req_***");
}

TEST_CASE("an answer longer than the bound is refused, also when its headers are what is long") {
  CurlOptions options;
  options.max_answer_bytes = 1000;
  auto head = std::string("HTTP/1.1 200 OK\r\n");
  std::size_t body = 10;
  SUBCASE("a long body") { body = 2000; }
  SUBCASE("a long header") { head += "X-Long: " + std::string(2000, 'x') + "\r\n"; }
  RawServer server([&](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    connection.send(head + "Content-Length: " + std::to_string(body) + "\r\n\r\n" + std::string(body, 'b'));
  });
  Client client(options);
  const auto failure = client.failure_of(get_request(server.url()));
  CHECK(failure.code == "TOO_LARGE");
  CHECK(failure.may_have_arrived);
}

TEST_CASE("no answer within the timeout is TIMEOUT, and may have arrived") {
  RawServer server([](RawConnection& connection) {
    static_cast<void>(connection.read_request());
    static_cast<void>(connection.read_request());
  });
  Client client;
  const auto failure = client.failure_of(get_request(server.url(), Milliseconds{120}));
  CHECK(failure.code == "TIMEOUT");
  CHECK(failure.may_have_arrived);
}

}  // namespace
}  // namespace toksync::http
