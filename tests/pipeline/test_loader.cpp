#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "pipeline_texts.hpp"

namespace toksync::pipeline {
namespace {

using test::environment;
using test::kSmallest;
using test::parsed;
using test::problems_of;
namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "toksync-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path_ / name, std::ios::binary} << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string only_problem(const std::string& path) {
  const auto loaded = load_pipeline(path, environment({}));
  REQUIRE_FALSE(loaded);
  REQUIRE(loaded.error().size() == 1);
  CHECK(loaded.error().front().file == path);
  return loaded.error().front().text().substr(path.size());
}

TEST_CASE("a pipeline keeps its text and a digest") {
  const auto pipeline = test::parsed(kSmallest);
  CHECK(pipeline.name == "small");
  CHECK(pipeline.text == kSmallest);
  CHECK(pipeline.sha256.size() == 64);
}

TEST_CASE("the digest is of what a run goes by") {
  const std::string smallest{kSmallest};
  const auto digest = [&](const std::string& text, const std::string& value = "one") {
    const auto parsed = parse_pipeline(text, "p", environment({{"ONE", value}}));
    REQUIRE(parsed);
    return parsed->sha256;
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = smallest;
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
  };
  const auto same = digest(smallest);
  CHECK(digest(smallest + "# a word\n\n") == same);
  CHECK(digest("description = 'new'\n" + smallest) == same);
  CHECK(digest(smallest + "[notify]\ncommand = ['true']\n") == same);
  CHECK(digest("notify = { webhook = 'https://x.example', on = ['success'] }\n" + smallest) == same);
  CHECK(digest(with("\"CMO\"", "'CMO'")) == same);
  CHECK(digest(with("\"CMO\"", "\"CFO\"")) != same);
  CHECK(digest(with("\"one\"", "\"One\"")) != same);
  CHECK(digest(with("\"one\", \"two\"", "\"two\", \"one\"")) != same);
  CHECK(digest(smallest + "max_creators = 99\n") != same);
  CHECK(digest(smallest + "[budget]\nmax_credits_per_run = 1\n") != same);
  const auto variable = with("\"one\"", "\"${ONE}\"");
  CHECK(digest(variable) == digest(variable, "other"));
  CHECK(digest(variable) != same);
}

TEST_CASE("a file is loaded as its text is parsed") {
  const Folder folder;
  const auto loaded = load_pipeline(folder.write("p.toml", std::string{kSmallest}), environment({}));
  REQUIRE(loaded);
  CHECK(loaded->text == kSmallest);
}

TEST_CASE("files that are no pipeline are one problem of the whole file") {
  const Folder folder;
  CHECK(only_problem(folder.path("none.toml")) == ": there is no such file");
  fs::create_directory(folder.path("folder.toml"));
  CHECK(only_problem(folder.path("folder.toml")) == ": is a directory, not a pipeline file");
  CHECK(only_problem(folder.write("empty.toml", "")) == ": is empty; toksync init writes a pipeline to start from");
  CHECK(only_problem(folder.write("blank.toml", " \n\t\r\n")) ==
        ": is empty; toksync init writes a pipeline to start from");
  CHECK(only_problem(folder.write("binary.toml", std::string{"\x7f"} + "ELF" + std::string(9, '\0'))) ==
        ": is a binary file, not TOML text");
  CHECK(only_problem(folder.write("huge.toml", std::string(1024 * 1024 + 1, '#'))) ==
        ": is larger than 1 MiB, so it is no pipeline file");
}

TEST_CASE("the largest file that is read is 1 MiB") {
  const Folder folder;
  auto text = std::string{kSmallest} + "#";
  text.resize(1024 * 1024, '#');
  CHECK(load_pipeline(folder.write("large.toml", text), environment({})));
}

TEST_CASE("a file may begin with a byte order mark and end its lines in CRLF") {
  std::string text{"\xEF\xBB\xBF"};
  for (const char c : kSmallest) text += c == '\n' ? std::string{"\r\n"} : std::string{c};
  CHECK(problems_of(text).empty());
}

TEST_CASE("every shipped pipeline and the starter load without any variable set") {
  std::set<std::string> names;
  for (const auto& file : fs::directory_iterator(SOURCE_FOLDER "/pipelines")) {
    CAPTURE(file.path().string());
    const auto loaded = load_pipeline(file.path().string(), environment({}));
    if (!loaded) FAIL_CHECK(loaded.error().front().text());
    names.insert(file.path().filename().string());
  }
  CHECK(names.contains("demo.toml"));
  CHECK(names.contains("nightly.toml"));
  CHECK(names.contains("backfill.toml"));
  CHECK(problems_of(starter_pipeline()).empty());
}

TEST_CASE("the demo asks for what the demo promises") {
  const auto demo = load_pipeline(SOURCE_FOLDER "/pipelines/demo.toml", environment({}));
  REQUIRE(demo);
  CHECK(demo->database_path == "demo.db");
  REQUIRE(demo->keyword_sets.size() == 2);
  int found = 0;
  int analysed = 0;
  for (const auto& set : demo->keyword_sets) {
    REQUIRE(set.search);
    REQUIRE(set.content_match);
    REQUIRE(set.thought_leaders);
    found += set.search->max_creators;
    analysed += set.content_match->select.top.value();
  }
  CHECK(found >= 300);
  CHECK(analysed >= 40);
}

TEST_CASE("no change of bytes in a valid file crashes the loader") {
  const auto original = read_whole(SOURCE_FOLDER "/pipelines/nightly.toml");
  std::mt19937 random{20260601};
  for (int round = 0; round < 1500; ++round) {
    auto text = original;
    const auto changes = 1 + random() % 4;
    for (unsigned i = 0; i < changes; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
    if (round % 3 == 0) text.resize(random() % text.size());
    const auto result = parse_pipeline(text, "p", environment({}));
    const bool explained = result || !result.error().empty();
    CHECK(explained);
  }
}

TEST_CASE("deep nesting is refused instead of exhausting the stack") {
  std::string dots = "a";
  for (int i = 0; i < 200'000; ++i) dots += ".a";
  CHECK(problems_of("[" + dots + "]\n") == std::vector<std::string>{"p:1:203: more than 100 dots in one statement"});
  // However a dot may be hidden: behind strings of every kind, or on lines of its own.
  for (const std::string hidden : {R"("\"")", R"('"')", R"("'")", R"("")", R"('\')"}) {
    CAPTURE(hidden);
    CHECK(problems_of(hidden + "." + dots + " = 1\n").front().ends_with("more than 100 dots in one statement"));
  }
  for (const std::string before : {R"("""a"""" )", R"("""\"""" )", "''''a''''' ", "1 # it's \"\n"}) {
    CAPTURE(before);
    CHECK(problems_of("x = [" + before + ", {" + dots + "=1}]\n").front().find("more than 100 dots") !=
          std::string::npos);
  }
  std::string many_lines = "a = [";
  for (int i = 0; i < 200; ++i) many_lines += "\n{b.c = [";
  CHECK(problems_of(many_lines).front() == "p:102:3: more than 100 dots in one statement");
  CHECK(problems_of("a = " + std::string(5000, '[')).size() == 1);
  std::string nested;
  for (int i = 0; i < 250; ++i) nested += "[{" + dots.substr(0, 199) + "=\n";
  CHECK(problems_of("a = " + nested).size() == 1);
}

TEST_CASE("dots in texts and comments nest nothing") {
  const std::string dots(300, '.');
  CHECK(problems_of("# " + dots + "\n" + std::string(kSmallest) + "# " + dots + "\n").empty());
  const auto described = "description = \"\"\"\n" + dots + "\n\"" + dots + "\"\"\"\n";
  CHECK(problems_of(described + std::string(kSmallest)).empty());
  CHECK(problems_of("description = '" + dots + "'\n" + std::string(kSmallest)).empty());
}

TEST_CASE("thousands of unknown keys are told in reasonable time") {
  std::string text{kSmallest};
  for (int i = 0; i < 20'000; ++i) text += "key" + std::to_string(i) + " = 1\n";
  CHECK(problems_of(text).size() == 20'000);
}

TEST_CASE("what is published, and to which list") {
  CHECK_FALSE(parsed(kSmallest).publish.has_value());
  CHECK(parsed(std::string{kSmallest} + "[publish]\n").publish ==
        PublishConfig{"small", std::nullopt, 20, std::nullopt});
  const std::string id = "c1a2b3d4-e5f6-4789-9abc-0123456789ab";
  CHECK(parsed(std::string{kSmallest} + "[publish]\nlist_id = \"" + id + "\"\ntop = 5\n").publish ==
        PublishConfig{"", id, 5, std::nullopt});
  CHECK(parsed(std::string{kSmallest} + "[content_match]\n[publish]\nlist = \"Voices\"\nmin_score = 62.5\n").publish ==
        PublishConfig{"Voices", std::nullopt, 20, 62.5});
}

TEST_CASE("another list does not make it another run, another campaign does") {
  const std::string text = std::string{kSmallest} + "[content_match]\n";
  CHECK(parsed(text).sha256 == parsed(text + "[publish]\ntop = 3\n").sha256);
  const auto with = [&](const std::string& digit) {
    return parsed(text + "campaign_id = \"c1a2b3d4-e5f6-4789-9abc-01234567890" + digit + "\"\n");
  };
  CHECK(with("1").sha256 != with("2").sha256);
  CHECK(with("1").keyword_sets[0].content_match->campaign_id == "c1a2b3d4-e5f6-4789-9abc-012345678901");
}

}  // namespace
}  // namespace toksync::pipeline
