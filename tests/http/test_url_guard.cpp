#include <doctest/doctest.h>

#include "http/exchange.hpp"

namespace toksync::http {
namespace {

TEST_CASE("a key goes over https anywhere, and over http to loopback only") {
  struct Case {
    const char* url;
    bool may;
  };
  for (const auto& [url, may] : {Case{"https://api.toksta.com/v1", true},
                                 Case{"HTTPS://api.toksta.com", true},
                                 Case{"http://api.toksta.com/v1", false},
                                 Case{"http://127.0.0.1:8080/v1", true},
                                 Case{"http://127.8.9.10/v1", true},
                                 Case{"http://127.1/v1", true},
                                 Case{"http://localhost:1/", true},
                                 Case{"http://LocalHost:1/", true},
                                 Case{"http://[::1]:8080/", true},
                                 Case{"http://[::2]:8080/", false},
                                 Case{"http://128.0.0.1/", false},
                                 Case{"http://0.0.0.0/", false},
                                 Case{"http://localhost.example.com/", false},
                                 Case{"http://127.0.0.1.example.com/", false},
                                 Case{"http://127.0.0.1./", false},
                                 Case{"http://127.0.0.1@example.com/", false},
                                 Case{"http://user:word@127.0.0.1/", false},
                                 Case{"https://user@example.com/", false},
                                 Case{"http://example.com/#@127.0.0.1/", false},
                                 Case{"http://example.com\\@127.0.0.1/", false},
                                 Case{"ftp://127.0.0.1/", false},
                                 Case{"file:///etc/hostname", false},
                                 Case{"127.0.0.1:8080", false},
                                 Case{"https://", false},
                                 Case{"", false}}) {
    CAPTURE(url);
    CHECK(may_carry_key(url) == may);
  }
}

TEST_CASE("a request that may not go out fails at once, and nothing is sent") {
  Client client;
  auto request = get_request("http://api.toksta.com/v1/account/usage");
  std::string code = "REFUSED_URL";
  SUBCASE("a key over plain http") { request.bearer = Secret("tk_test_" + std::string(48, '0')); }
  SUBCASE("another protocol") { request.url = "file:///etc/hostname"; }
  SUBCASE("user information") { request.url = "https://user@example.com/"; }
  SUBCASE("a line break in a header") {
    request.headers = {{"X-Thing", "a\r\nX-Other: b"}};
    code = "REFUSED_HEADER";
  }
  SUBCASE("a line break in the key") {
    request.url = "https://api.toksta.com/";
    request.bearer = Secret("tk_test_0\n");
    code = "REFUSED_HEADER";
  }
  const auto failure = client.failure_of(std::move(request));
  CHECK(failure.code == code);
  CHECK_FALSE(failure.may_have_arrived);
  CHECK(failure.message.find("tk_test_") == std::string::npos);
}

TEST_CASE("a refused request can be canceled before it is reported") {
  Client client;
  client.transport->start(RequestId{1}, get_request("file:///etc/hostname"));
  client.transport->cancel(RequestId{1});
  CHECK(client.transport->wait(client.clock.steady()).empty());
}

}  // namespace
}  // namespace toksync::http
