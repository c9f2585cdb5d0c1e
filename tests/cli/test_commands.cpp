// What a user meets before anything is sent: help, mistakes on the command line, check, init and plan.
#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "binary.hpp"

namespace toksync::cli::test {
namespace {

const std::vector<std::vector<std::string>> kCommands{{"init"},     {"check"},  {"plan"},  {"run"},
                                                      {"resume"},   {"status"}, {"jobs"},  {"jobs", "list"},
                                                      {"backfill"}, {"doctor"}, {"schema"}};

std::size_t lines_of(std::string_view text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

mode_t rights_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

TEST_CASE("each command's help has a purpose, an example and its exit codes") {
  const Bench bench;
  for (auto arguments : kCommands) {
    CAPTURE(arguments.front());
    std::string name = "toksync";
    for (const auto& word : arguments) name += " " + word;
    arguments.emplace_back("--help");
    const auto result = bench.run(arguments);
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK(contains(result.out, "Usage: " + name));
    CHECK(contains(result.out, "Examples:\n  " + name));
    CHECK(contains(result.out, "Exit codes:\n  0    everything asked for is done"));
    CHECK(contains(result.out, "[TOKSYNC_DB]"));
  }
}

TEST_CASE("the program's help groups the commands, lists every exit code and names the documentation") {
  const Bench bench;
  const auto result = bench.run({"--help"});
  CHECK(result.exit_code == 0);
  for (const std::string part :
       {"Prepare:", "Run:", "Look:", "README.md", "\n  3 ", "\n  6 ", "\n  11 ", "\n  12 ", "\n  130 ", "\n  143 "}) {
    CAPTURE(part);
    CHECK(contains(result.out, part));
  }
  CHECK(bench.run({"help", "run"}).out == bench.run({"run", "--help"}).out);
}

TEST_CASE("every flag with a value tells its variable") {
  const Bench bench;
  const auto help = bench.run({"run", "--help"}).out;
  for (const std::string variable : {"TOKSYNC_BASE_URL", "TOKSYNC_STAGE", "TOKSYNC_KEYWORD_SET", "TOKSYNC_MAX_CREDITS",
                                     "TOKSYNC_MAX_DURATION", "TOKSYNC_LOCK_WAIT", "TOKSYNC_DRY_RUN", "TOKSYNC_PROGRESS",
                                     "TOKSYNC_JSON", "TOKSYNC_QUIET", "TOKSYNC_VERBOSE", "TOKSYNC_LOG_FORMAT"}) {
    CAPTURE(variable);
    CHECK(contains(help, "[" + variable + "]"));
  }
}

TEST_CASE("the version is one line") {
  const Bench bench;
  const auto result = bench.run({"--version"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.starts_with("toksync "));
  CHECK(lines_of(result.out) == 1);
}

TEST_CASE("a mistake on the command line is named, with what was probably meant") {
  struct Row {
    std::vector<std::string> arguments;
    std::string complaint;
  };
  const Bench bench;
  for (const auto& row :
       {Row{{"rum", "p.toml"}, "unknown command rum; did you mean run?"},
        Row{{"replenish"}, "unknown command replenish"},
        Row{{"jobs", "lits"}, "unknown command lits; did you mean list?"},
        Row{{"jobs"}, "a command is missing: list"},
        Row{{"--json"}, "a command is missing"},
        Row{{"run", "p.toml", "--max-credit", "3"}, "unknown flag --max-credit; did you mean --max-credits?"},
        Row{{"run", "p.toml", "--max-credit=3"}, "unknown flag --max-credit;"},
        Row{{"status", "--jsno"}, "unknown flag --jsno; did you mean --json?"},
        Row{{"status", "-x"}, "unknown flag -x"},
        Row{{"run"}, "PIPELINE is required"},
        Row{{"plan", "a", "b"}, "unexpected argument b"},
        Row{{"run", "p", "--stage", "serch"}, "did you mean search?"},
        Row{{"run", "p", "--max-credits", "-1"}, "--max-credits"},
        Row{{"run", "p", "--max-credits", "1.5"}, "1.5 is no whole number"},
        Row{{"run", "p", "--lock-wait", "5"}, "5 is no duration"},
        Row{{"run", "p", "--progress", "fancy"}, "fancy is none of auto, bar, plain, none"},
        Row{{"run", "p", "--max-attempts", "0"}, "0 is no whole number from 1"},
        Row{{"run", "p", "--base-url", "http://api.toksta.com"}, "--base-url"},
        Row{{"run", "p", "--base-url", "nowhere"}, "--base-url"},
        Row{{"jobs", "list", "--status", "ambigous"}, "did you mean ambiguous?"},
        Row{{"jobs", "list", "--limit", "0"}, "0 is no whole number"},
        Row{{"status", "--db", ""}, "--db: needs a value"}}) {
    CAPTURE(row.complaint);
    const auto result = bench.run(row.arguments);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_MESSAGE(contains(result.err, row.complaint), result.err);
  }
}

TEST_CASE("no command at all shows the help and is a usage error") {
  const Bench bench;
  const auto result = bench.run({});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(contains(result.err, "A first session:"));
}

TEST_CASE("a variable stands for its flag, for the commands that have the flag") {
  Bench bench;
  bench.folder.write("p.toml", kSmallPipeline);
  bench.environment["TOKSYNC_MAX_CREDITS"] = "many";
  const auto run = bench.run({"run", "p.toml"});
  CHECK(run.exit_code == 2);
  CHECK(contains(run.err, "--max-credits: many is no whole number"));
  CHECK(bench.run({"check", "p.toml"}).exit_code == 0);
}

TEST_CASE("a flag wins over its variable, and the variable over the file") {
  Bench bench;
  bench.folder.write("p.toml", kSmallPipeline);
  CHECK(bench.json({"plan", "p.toml"})["database"] == "toksync.db");
  bench.environment["TOKSYNC_DB"] = "variable.db";
  CHECK(bench.json({"plan", "p.toml"})["database"] == "variable.db");
  CHECK(bench.json({"plan", "p.toml", "--db", "flag.db"})["database"] == "flag.db");
  CHECK(bench.json({"--db", "flag.db", "plan", "p.toml"})["database"] == "flag.db");
}

TEST_CASE("a list in a variable is separated by commas") {
  Bench bench;
  bench.folder.write("p.toml", std::string{kSmallPipeline} + "[enrich]\n[content_match]\n");
  CHECK(bench.json({"plan", "p.toml"})["stages"].size() == 3);
  const auto flags = bench.json({"plan", "p.toml", "--stage", "enrich", "--stage", "search"});
  bench.environment["TOKSYNC_STAGE"] = "search,enrich";
  CHECK(bench.json({"plan", "p.toml"}) == flags);
  CHECK(bench.json({"plan", "p.toml", "--stage", "search"}) != flags);
}

TEST_CASE("check says ok for a valid file") {
  const Bench bench;
  bench.folder.write("p.toml", kSmallPipeline);
  for (const std::string command : {"check", "validate"}) {
    const auto result = bench.run({command, "p.toml"});
    CHECK(result.exit_code == 0);
    CHECK(result.out == "p.toml: ok (pipeline small, 1 keyword set)\n");
    CHECK(result.err.empty());
  }
  CHECK(bench.run({"check", "p.toml", "--quiet"}).out.empty());
}

TEST_CASE("check tells every problem of every file with its position") {
  const Bench bench;
  bench.folder.write("good.toml", kSmallPipeline);
  bench.folder.write("bad.toml", std::string{kSmallPipeline} + "max_creator = 3\nmode = \"fast\"\n");
  bench.folder.write("worse.toml", "version = \n");
  const auto result = bench.run({"check", "good.toml", "bad.toml", "worse.toml", "missing.toml"});
  CHECK(result.exit_code == 2);
  CHECK(contains(result.out, "good.toml: ok"));
  CHECK(contains(result.err, "bad.toml:8:1: "));
  CHECK(contains(result.err, "max_creators"));
  CHECK(contains(result.err, "bad.toml:9:8: "));
  CHECK(contains(result.err, "worse.toml:1:"));
  CHECK(contains(result.err, "missing.toml: "));
  CHECK(contains(result.err, "4 problems"));
}

TEST_CASE("check --json is one document, valid or not") {
  const Bench bench;
  bench.folder.write("good.toml", kSmallPipeline);
  bench.folder.write("bad.toml", std::string{kSmallPipeline} + "max_creator = 3\n");
  CHECK(bench.json({"check", "good.toml"})["valid"] == true);
  const auto document = bench.json({"check", "good.toml", "bad.toml"});
  CHECK(document["valid"] == false);
  REQUIRE(document["problems"].size() == 1);
  CHECK(document["problems"][0]["file"] == "bad.toml");
  CHECK(document["problems"][0]["line"] == 8);
  CHECK(document["problems"][0]["column"] == 1);
}

TEST_CASE("a pipeline that is no pipeline is refused by every command that takes one") {
  const Bench bench;
  bench.folder.write("empty.toml", "");
  bench.folder.write("binary.toml", std::string{"\x7f"
                                                "ELF\0\1\2",
                                                7});
  bench.folder.write("bad.toml", "version = 1\nname = \"x\"\n");
  std::filesystem::create_directory(bench.folder / "folder.toml");
  for (const std::string file : {"empty.toml", "binary.toml", "bad.toml", "folder.toml", "missing.toml"}) {
    for (const std::string command : {"check", "plan", "run"}) {
      CAPTURE(file);
      CAPTURE(command);
      const auto result = bench.run({command, file});
      CHECK(result.exit_code == 2);
      CHECK(result.out.empty());
      CHECK(contains(result.err, file + ":"));
    }
  }
  const auto document = bench.json({"run", "bad.toml"});
  CHECK(document["exit_code"] == 2);
  CHECK_FALSE(document["problems"].empty());
  CHECK_FALSE(std::filesystem::exists(bench.folder / "toksync.db"));
}

TEST_CASE("a file that holds a key is refused without showing it") {
  const Bench bench;
  bench.folder.write("p.toml", std::string{kSmallPipeline} + "mode = \"" + kKey + "\"\n");
  const auto result = bench.run({"check", "p.toml"});
  CHECK(result.exit_code == 2);
  CHECK_FALSE(contains(result.out + result.err, kKey));
}

TEST_CASE("a key on the command line is never repeated") {
  const Bench bench;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{kKey},
                                                    {"run", "p.toml", kKey},
                                                    {"run", "p.toml", "--" + kKey},
                                                    {"run", "p.toml", "--stage", kKey},
                                                    {"run", "p.toml", "--max-credits", kKey},
                                                    {"run", "p.toml", "--base-url", "https://" + kKey + "@host"},
                                                    {"status", kKey}}) {
    const auto result = bench.run(arguments);
    CHECK(result.exit_code == 2);
    CHECK_MESSAGE(!contains(result.out + result.err, kKey), result.err);
  }
}

TEST_CASE("init writes a pipeline that is valid, and never over another file") {
  const Bench bench;
  const auto first = bench.run({"init"});
  CHECK(first.exit_code == 0);
  CHECK(contains(first.out, "toksync check pipeline.toml"));
  CHECK(rights_of(bench.folder / "pipeline.toml") == 0600);
  CHECK(bench.folder.read("pipeline.toml").starts_with("#:schema ./pipeline.schema.json\n"));
  CHECK(bench.folder.read("pipeline.schema.json") == bench.run({"schema"}).out);
  CHECK(bench.run({"check", "pipeline.toml"}).exit_code == 0);
  bench.folder.write("pipeline.toml", "mine");
  const auto second = bench.run({"init"});
  CHECK(second.exit_code == 2);
  CHECK(contains(second.err, "pipeline.toml"));
  CHECK(bench.folder.read("pipeline.toml") == "mine");
}

TEST_CASE("init makes the folder it is given, and says so as JSON") {
  const Bench bench;
  CHECK(bench.json({"init", "new/deep"})["pipeline"] == "new/deep/pipeline.toml");
  CHECK(bench.run({"check", "new/deep/pipeline.toml"}).exit_code == 0);
  bench.folder.write("file", "");
  CHECK(bench.run({"init", "file"}).exit_code == 2);
  CHECK(bench.run({"init", "file/below"}).exit_code == 2);
}

TEST_CASE("plan needs neither a key nor a database, and makes none") {
  const Bench bench;
  bench.folder.write("p.toml", std::string{kSmallPipeline} + "max_creators = 250\n[enrich]\n");
  const auto result = bench.run({"plan", "p.toml"});
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "keyword set"));
  CHECK(contains(result.out, "Nothing was sent."));
  CHECK_FALSE(std::filesystem::exists(bench.folder / "toksync.db"));
  const auto document = bench.json({"plan", "p.toml"});
  CHECK(document["resumes"].is_null());
  REQUIRE(document["stages"].size() == 2);
  CHECK(document["stages"][0]["stage"] == "search");
  CHECK(document["stages"][0]["credits_at_most"] == 3);
  CHECK(document["stages"][1]["credits_at_most"] == 250);
  CHECK(document["credits_at_most"] == 253);
  CHECK(bench.json({"run", "p.toml", "--dry-run"}) == document);
  CHECK(bench.json({"plan", "p.toml", "--base-url", "http://127.0.0.1:9"}) == document);
}

TEST_CASE("plan explains itself when asked") {
  const Bench bench;
  bench.folder.write("p.toml", kSmallPipeline);
  CHECK(contains(bench.run({"plan", "p.toml", "--explain"}).out, "No creator is known yet"));
  CHECK(bench.json({"plan", "p.toml", "--explain"})["reasons"].is_array());
  CHECK_FALSE(bench.json({"plan", "p.toml"}).contains("reasons"));
}

TEST_CASE("plan warns when a budget cannot cover the most that a run may cost") {
  const Bench bench;
  bench.folder.write("p.toml", std::string{kSmallPipeline} + "[budget]\nmax_credits_per_month = 50\n[enrich]\n");
  const auto result = bench.run({"plan", "p.toml"});
  CHECK(contains(result.out, "Warning: max_credits_per_month is 50"));
  CHECK(bench.json({"plan", "p.toml", "--max-credits", "5"})["warnings"].size() == 2);
  CHECK(bench.json({"plan", "p.toml", "--max-credits", "5000"})["warnings"].size() == 1);
}

TEST_CASE("a keyword set or a stage that the pipeline has not is a usage error") {
  const Bench bench;
  bench.folder.write("p.toml", kSmallPipeline);
  for (const std::string command : {"plan", "run"}) {
    const auto set = bench.run({command, "p.toml", "--keyword-set", "b"});
    CHECK(set.exit_code == 2);
    CHECK(contains(set.err, "--keyword-set b"));
    CHECK(bench.run({command, "p.toml", "--stage", "enrich"}).exit_code == 2);
  }
}

}  // namespace
}  // namespace toksync::cli::test
