// The API key stays where it belongs: no output, file, command line or core dump of ours holds it, however
// loudly the server repeats it. And what we write is for its owner only.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "support.hpp"

namespace toksync::cli::test {
namespace {

namespace fs = std::filesystem;

/// Visibly fake, and without repetitions that other texts could hold.
const std::string kUsualKey = "tk_test_fake0secret1fake2secret3fake4secret5fake6secret7";
/// Of no shape that could be recognised.
const std::string kUnusualKey = "fake-secret/of~another.shape:and!length";

std::string base64_of(const std::string& text) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (std::size_t i = 0; i + 3 <= text.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(text[at])); };
    const unsigned bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) encoded += kDigits[bits >> shift & 63U];
  }
  return encoded;
}

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    encoded += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string{c} : fmt::format("%{:02X}", c);
  }
  return encoded;
}

/// The key, each half of it, and what it looks like when something encodes it.
Texts disguises_of(const std::string& key) {
  Texts disguises{key.substr(0, key.size() / 2), key.substr(key.size() / 2), percent_encoded(key)};
  // In base64 it depends on how many bytes stand before it.
  for (const std::size_t skipped : {0, 1, 2}) disguises.push_back(base64_of(key.substr(skipped)));
  return disguises;
}

std::string bytes_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void check_silent(const std::string& text, const std::string& place, const std::string& key) {
  for (const auto& disguise : disguises_of(key)) {
    const auto at = text.find(disguise);
    const auto around = at == std::string::npos ? "" : text.substr(at > 80 ? at - 80 : 0, 200);
    CHECK_MESSAGE(at == std::string::npos, place << " holds the key: " << around);
  }
}

void check_silent(const ProcessResult& result, const std::string& key) {
  check_silent(result.out, "standard output", key);
  check_silent(result.err, "standard error", key);
}

/// Every byte of every file in the folder.
void check_files(const fs::path& folder, const std::string& key) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    check_silent(bytes_of(entry.path()), entry.path().string(), key);
    ++files;
  }
  CHECK(files > 0);
}

/// Servers, gateways and answers that repeat what they were sent.
Texts echoing_faults(const std::string& key) {
  Texts faults;
  const auto add = [&faults](const std::string& fault) { faults.insert(faults.end(), {"--fault", fault}); };
  const auto message = " message=Bearer " + key + " may not do this";
  add("POST /v1/creators/discovery-search error status=429 code=" + key + message);
  add("POST /v1/creators/enrich echo_page status=503 work=done");
  add("POST /v1/enrichments/results echo_page");
  add("POST /v1/creators/content-match error status=400 code=" + key + message);
  add("POST /v1/audience-match/results error status=500 code=" + key + message);
  add("POST /v1/creators/thought-leaders error status=403 code=FORBIDDEN" + message);
  add("* * echo count=all");
  return faults;
}

/// The scene's options with that key in the environment.
ProcessOptions with_key(const Scene& scene, const std::string& key, Texts arguments) {
  return scene.options(std::move(arguments), {{"TOKSTA_API_KEY", key}});
}

unsigned mode_of(const fs::path& path) {
  struct stat information {};
  CHECK(::stat(path.c_str(), &information) == 0);
  return information.st_mode & 0777U;
}

void grep_a_faulty_run(const std::string& key, const Texts& flags) {
  Texts sandbox_flags{"--api-key", key};
  const auto faults = echoing_faults(key);
  sandbox_flags.insert(sandbox_flags.end(), faults.begin(), faults.end());
  const Scene scene(quick(sandbox_flags));
  const auto run = [&](Texts arguments) {
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const auto result = toksync::test::run_process(TOKSYNC_BINARY, with_key(scene, key, std::move(arguments)));
    check_silent(result, key);
    return result;
  };
  const Texts address{"--base-url", scene.sandbox.base_url()};
  CHECK(run({"run", "pipeline.toml", address[0], address[1]}).exit_code == 4);
  // The echo was there to be caught: without the key what was around it is stored.
  Reader reader(scene.database());
  CHECK(reader.number("SELECT count(*) FROM creators WHERE raw_json LIKE '%Bearer ***%'") > 0);
  CHECK(reader.number("SELECT count(*) FROM jobs WHERE error_message LIKE '%Bearer ***%'") > 0);
  for (const Texts& command : {Texts{"status"},
                               {"jobs", "list"},
                               {"plan", "pipeline.toml"},
                               {"check", "pipeline.toml"},
                               {"init", "fresh"},
                               {"doctor", "pipeline.toml", address[0], address[1]},
                               {"resume", address[0], address[1]}}) {
    auto as_json = command;
    as_json.emplace_back("--json");
    run(as_json);
    run(command);
  }
  check_files(scene.folder.path(), key);
}

}  // namespace

TEST_CASE("no output and no file holds the key, however often the server repeats it") {
  std::vector<Case> cases;
  for (const auto& key : {kUsualKey, kUnusualKey}) {
    for (const Texts& flags : {Texts{}, {"--verbose"}, {"--verbose", "--log-format", "json"}, {"--quiet"}}) {
      cases.push_back({fmt::format("{} {}", key, fmt::join(flags, " ")), [=] { grep_a_faulty_run(key, flags); }});
    }
  }
  run_side_by_side(cases);
}

TEST_CASE("while a run goes on, neither its command line nor its files hold the key") {
  const Scene scene(quick({"--api-key", kUsualKey, "--fault", "POST /v1/content-match/results hold_after"}));
  Process process(TOKSYNC_BINARY, scene.run_options({"--verbose"}, {{"TOKSTA_API_KEY", kUsualKey}}));
  REQUIRE(scene.sandbox.wait_until_held(1));
  check_silent(bytes_of(fmt::format("/proc/{}/cmdline", process.pid())), "the command line", kUsualKey);
  check_files(scene.folder.path(), kUsualKey);
  process.send_signal(SIGKILL);
  CHECK(process.wait_for(Milliseconds{10'000}).has_value());
  check_files(scene.folder.path(), kUsualKey);
}

TEST_CASE("a pipeline file that holds a key is refused without repeating it") {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"growth\"", "\"" + kUsualKey + "\""},
           {"platform = \"linkedin\"", "api_key_file = \"/run/" + kUsualKey + "\""},
           {"name = \"small\"", "name = \"" + kUsualKey + "\""},
           {"api = \"toksta\"", "api = \"" + kUsualKey + "\""},
           {"api = \"toksta\"", "api_key = \"" + kUsualKey + "\""},
           {"api = \"toksta\"", "api = \"toksta\"\n" + kUsualKey + " = 1"},
           {"api = \"toksta\"", "base_url = \"https://x.example/" + kUsualKey + "\""},
           {"[search]", "[" + kUsualKey + "]\n[search]"},
           {"api = \"toksta\"", "api = \"toksta\" " + kUsualKey}}) {
    CAPTURE(to);
    const Scene scene(quick(), replaced(small_pipeline(), from, to));
    for (const Texts& command :
         {Texts{"check", "pipeline.toml"}, {"plan", "pipeline.toml"}, {"run", "pipeline.toml"}}) {
      for (const Texts& flags : {Texts{}, {"--json"}, {"--verbose"}}) {
        auto arguments = command;
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        const auto result = scene.toksync(arguments);
        CHECK(result.exit_code == 2);
        check_silent(result, kUsualKey);
      }
    }
    CHECK(scene.sandbox.requests().empty());
  }
}

TEST_CASE("a key that was typed in the wrong place is not repeated") {
  const Scene scene;
  for (const Texts& arguments : {Texts{"run", kUsualKey},
                                 {"check", kUsualKey},
                                 {"resume", kUsualKey},
                                 {"status", kUsualKey},
                                 {"status", "--explain", kUsualKey},
                                 {"backfill", "pipeline.toml", "--where", kUsualKey},
                                 {kUsualKey},
                                 {"run", "pipeline.toml", "--" + kUsualKey},
                                 {"run", "pipeline.toml", "--max-credits", kUsualKey},
                                 {"run", "pipeline.toml", "--base-url", kUsualKey},
                                 {"run", "pipeline.toml", "--base-url", "https://user:" + kUsualKey + "@x.example"},
                                 {"run", "pipeline.toml", "--stage", kUsualKey},
                                 {"run", "pipeline.toml", "--keyword-set", kUsualKey},
                                 {"jobs", "list", "--status", kUsualKey},
                                 {"init", "/proc/" + kUsualKey}}) {
    for (const Texts& flags : {Texts{}, {"--json"}}) {
      auto all = arguments;
      all.insert(all.end(), flags.begin(), flags.end());
      const auto result = scene.toksync(all);
      CAPTURE(result.err);
      CHECK(result.exit_code != 0);
      check_silent(result, kUsualKey);
    }
  }
}

TEST_CASE("a crash leaves no core dump, whatever the limit was") {
  for (const int signal : {SIGSEGV, SIGABRT}) {
    CAPTURE(signal);
    const Scene scene(quick({"--fault", "GET /v1/account/usage hold_before"}));
    auto options = scene.run_options();
    options.prelude = "ulimit -c unlimited";
    Process process(TOKSYNC_BINARY, options);
    REQUIRE(scene.sandbox.wait_until_held(1));
    const auto limits = bytes_of(fmt::format("/proc/{}/limits", process.pid()));
    CHECK_MESSAGE(contains_text(limits, "Max core file size        0                    0 "), limits);
    process.send_signal(signal);
    const auto result = process.wait_for(Milliseconds{10'000});
    REQUIRE(result.has_value());
    CHECK(result->signal == signal);
    CHECK_FALSE(result->core_dumped);
    for (const auto& entry : fs::directory_iterator(scene.folder.path())) {
      CHECK_FALSE(entry.path().filename().string().starts_with("core"));
    }
  }
}

TEST_CASE("other processes of the same user cannot look into a run") {
  constexpr const char* kSetPrivileges = "/usr/bin/setpriv";
  if (::geteuid() != 0 || !fs::exists(kSetPrivileges)) {
    MESSAGE("left out: needs root, to become another user");
    return;
  }
  const Scene scene(quick({"--fault", "GET /v1/account/usage hold_before"}));
  fs::permissions(scene.folder.path(), fs::perms::all);
  auto options = scene.run_options();
  const std::string become = "exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\" \"$@\"";
  options.prelude = become;
  Process process(TOKSYNC_BINARY, options);
  REQUIRE(scene.sandbox.wait_until_held(1));
  // Memory, environment and open files of a process are its user's, unless it may not be dumped.
  struct stat information {};
  REQUIRE(::stat(fmt::format("/proc/{}/environ", process.pid()).c_str(), &information) == 0);
  CHECK(information.st_uid == 0);
  CHECK(contains_text(bytes_of(fmt::format("/proc/{}/status", process.pid())), "Uid:\t65534"));
}

TEST_CASE("what is written is for its owner only, whatever the umask") {
  const Scene scene(quick({"--fault", "POST /v1/content-match/results hold_after"}));
  auto options = scene.run_options();
  options.prelude = "umask 0";
  Process process(TOKSYNC_BINARY, options);
  REQUIRE(scene.sandbox.wait_until_held(1));
  for (const std::string ending : {"", "-wal", "-shm", ".lock"}) {
    CAPTURE(ending);
    CHECK(mode_of(scene.database() + ending) == 0600U);
  }
  fs::remove(scene.database());
  scene.sandbox.release();
  CHECK(process.wait_for(Milliseconds{30'000}).has_value());
  int copies = 0;
  for (const auto& entry : fs::directory_iterator(scene.folder.path())) {
    if (!contains_text(entry.path().filename().string(), ".rescued-")) continue;
    CHECK(mode_of(entry.path()) == 0600U);
    ++copies;
  }
  CHECK(copies == 1);
  auto init = scene.options({"init", "fresh"});
  init.prelude = "umask 0";
  CHECK(toksync::test::run_process(TOKSYNC_BINARY, init).exit_code == 0);
  CHECK(mode_of(scene.folder / "fresh/pipeline.toml") == 0600U);
}

}  // namespace toksync::cli::test
