#include <string>

#include <doctest/doctest.h>

#include "pipeline/base_url.hpp"

namespace toksync::pipeline {
namespace {

TEST_CASE("https anywhere and http on this machine may carry a key") {
  for (const std::string url :
       {"https://api.toksta.com", "https://api.toksta.com/", "https://proxy.example:8443/toksta/v1",
        "HTTPS://API.example", "http://localhost:8080", "http://LocalHost", "http://127.0.0.1:1", "http://127.255.0.9",
        "http://[::1]:8080/", "https://[2001:db8::1]"}) {
    CAPTURE(url);
    CHECK_FALSE(base_url_problem(url));
  }
}

TEST_CASE("every other address is refused with its reason") {
  struct Row {
    std::string url;
    std::string reason;
  };
  for (const auto& row : {Row{"", "must begin with"},
                          Row{"api.toksta.com", "must begin with"},
                          Row{"ftp://api.toksta.com", "must begin with"},
                          Row{"file:///etc/passwd", "must begin with"},
                          Row{"https://", "no valid host"},
                          Row{"https:///path", "no valid host"},
                          Row{"https://[::1", "no valid host"},
                          Row{"https://[]", "no valid host"},
                          Row{"https://[zz]", "no valid host"},
                          Row{"https://ho_st", "no valid host"},
                          Row{"https://user@host", "user or a password"},
                          Row{"https://user:secret@host", "user or a password"},
                          Row{"https://host?key=1", "no query"},
                          Row{"https://host/#part", "no fragment"},
                          Row{"https://ho st", "no spaces"},
                          Row{"https://host\\@evil", "no spaces"},
                          Row{"https://hôst", "non-ASCII"},
                          Row{"https://host:", "port is a number"},
                          Row{"https://host:0", "port is a number"},
                          Row{"https://host:65536", "port is a number"},
                          Row{"https://host:-1", "port is a number"},
                          Row{"https://host:80x", "port is a number"},
                          Row{"http://api.toksta.com", "https only"},
                          Row{"http://127.0.0.1.evil.example", "https only"},
                          Row{"http://127.evil.example", "https only"},
                          Row{"http://127.0.1", "https only"},
                          Row{"http://128.0.0.1", "https only"},
                          Row{"http://127.0.0.256", "https only"},
                          Row{"http://0127.0.0.1", "https only"},
                          Row{"http://127.0.0.010", "https only"},
                          Row{"http://localhost.evil.example", "https only"},
                          Row{"http://[::2]", "https only"}}) {
    CAPTURE(row.url);
    const auto problem = base_url_problem(row.url);
    REQUIRE(problem);
    CHECK_MESSAGE(problem->find(row.reason) != std::string::npos, *problem);
  }
}

}  // namespace
}  // namespace toksync::pipeline
