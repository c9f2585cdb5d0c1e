// The network fails: it is gone for a while, names do not resolve, TLS is broken or the peer's certificate
// is nobody's, a peer sends a byte a second or never comes to an end. The run ends with 5, or waits and
// goes on; the next one finishes, and nothing was bought twice.
#include <filesystem>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "aftermath.hpp"

namespace toksync::cli::test {
namespace {

constexpr int kUnreachable = 5;

/// What this machine says of proxies must not decide where a request goes.
const Variables kNoProxy{{"NO_PROXY", "*"}, {"no_proxy", "*"}};

/// Ends with 5 and that reason, with nothing bought and nothing set aside.
void check_unreachable(const Scene& scene, const std::string& base_url, const Texts& reasons) {
  const auto result = scene.run({"--base-url", base_url, "--max-attempts", "1"}, kNoProxy);
  CHECK_MESSAGE(result.exit_code == kUnreachable, result.err);
  const bool is_told =
      std::ranges::any_of(reasons, [&](const auto& reason) { return contains_text(result.err, reason); });
  CHECK_MESSAGE(is_told, result.err);
  const auto books = check_settled_books(scene);
  CHECK(books.billed == 0);
  CHECK(books.reserved == books.released);
  CHECK(scene.sandbox.requests().empty());
  check_next_run_finishes(scene);
}

/// A TLS server whose certificate nobody vouches for.
class SelfSignedServer {
 public:
  SelfSignedServer() {
    const auto key = folder_.file("key.pem");
    const auto certificate = folder_.file("certificate.pem");
    const auto made = toksync::test::run_process(
        kOpenSsl, {{"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate}});
    if (made.exit_code != 0) throw std::runtime_error("no certificate: " + made.err);
    process_ = std::make_unique<Process>(
        kOpenSsl, ProcessOptions{{"s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate}});
  }

  [[nodiscard]] static bool is_possible() { return std::filesystem::exists(kOpenSsl); }

  /// Waits until it says where it listens.
  [[nodiscard]] std::string base_url() const {
    const std::string word = "ACCEPT 127.0.0.1:";
    for (int attempt = 0; attempt < 4000; ++attempt) {
      const auto text = process_->out();
      const auto at = text.find(word);
      if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
        return "https://127.0.0.1:" + std::to_string(std::stoi(text.substr(at + word.size())));
      }
      poll(nullptr, 0, 5);
    }
    throw std::runtime_error("openssl does not listen: " + process_->err());
  }

 private:
  static constexpr const char* kOpenSsl = "/usr/bin/openssl";
  TemporaryFolder folder_;
  std::unique_ptr<Process> process_;
};

std::string impatient_pipeline() {
  return replaced(small_pipeline(), "platform = \"linkedin\"", "platform = \"linkedin\"\ntimeout = \"2s\"");
}

}  // namespace

TEST_CASE("a network that is gone for a while is waited for") {
  static_cast<void>(undisturbed_night());
  std::vector<Case> cases;
  for (const std::string when : {"after=1", "after=4", "after=7", "after=10", "after=13"}) {
    cases.push_back({when, [when] {
                       const Scene scene(quick({"--fault", "* * refused seconds=1.5 " + when}));
                       // A connection that was made the moment the port closed leaves its request in doubt.
                       check_finished_run(scene, scene.run());
                     }});
  }
  run_side_by_side(cases);
}

TEST_CASE("a name that does not resolve ends a run with 5, and nothing is set aside") {
  // What the system's resolver cannot ask it tells as a failed connection.
  check_unreachable(Scene(), "https://no-such-host.invalid", {"DNS_FAILED", "CONNECT_FAILED"});
}

TEST_CASE("a server that speaks no TLS ends a run with 5, and nothing is set aside") {
  const Scene scene;
  check_unreachable(scene, "https://127.0.0.1:" + std::to_string(scene.sandbox.port()), {"TLS_FAILED"});
}

TEST_CASE("a certificate that nobody vouches for ends a run with 5, and the key is not sent") {
  if (!SelfSignedServer::is_possible()) {
    MESSAGE("left out: there is no openssl to make a certificate with");
    return;
  }
  const SelfSignedServer server;
  check_unreachable(Scene(), server.base_url(), {"TLS_FAILED"});
}

TEST_CASE("a peer that sends a byte a second, or never comes to an end, is given up and asked again") {
  static_cast<void>(undisturbed_night());
  std::vector<Case> cases;
  for (const std::string kind : {"trickle", "endless"}) {
    for (const std::string request :
         {"GET /v1/account/usage", "POST /v1/content-match/posts", "POST /v1/audience-match/details"}) {
      cases.push_back({kind + " at " + request, [kind, request] {
                         const Scene scene(quick({"--fault", request + " " + kind}), impatient_pipeline());
                         const auto result = scene.run();
                         CHECK_MESSAGE(result.exit_code == 0, result.err);
                         check_settled_books(scene);
                         CHECK(scene.sandbox.nothing_bought_twice());
                         check_content(undisturbed_night().content, scene.database());
                       }});
    }
    for (const std::string request : {"POST /v1/creators/enrich", "POST /v1/creators/audience-match",
                                      "POST /v1/creators/thought-leaders", "POST /v1/creators/discovery-search"}) {
      cases.push_back({kind + " at " + request, [kind, request] {
                         const Scene scene(quick({"--fault", request + " " + kind}), impatient_pipeline());
                         check_finished_run(scene, scene.run());
                         CHECK(scene.sandbox.request_count("POST", request.substr(5)) > 0);
                         check_next_run_finishes(scene);
                       }});
    }
  }
  run_side_by_side(cases);
}

}  // namespace toksync::cli::test
