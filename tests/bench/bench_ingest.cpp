// How fast pages become rows: the real decode and store path against a hand-written minimum and against what other
// people would use, on the same bytes, in processes of their own, in turns. Prints a Markdown table of the best of
// several rounds; fails when two contestants leave different rows behind.
//
//   bench_ingest [--creators 100000] [--rounds 3] [--folder .] [--only toksync,minimum,...]
//   bench_ingest pages FOLDER 100000                   the pages, and prepared.db, for a profiler's sake:
//   bench_ingest toksync|minimum FOLDER 1000 x.db      one contestant alone, into a copy of prepared.db
//
// scripts/bench.sh runs it. TOKSYNC_BENCH_NODE_MODULES names the folder where DuckDB's package is, if it is.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "contestants.hpp"
#include "end_state.hpp"

namespace toksync::bench {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr const char* kSystemPython = "/usr/bin/python3";

struct Options {
  int creators = 100'000;
  int rounds = 3;
  fs::path folder = ".";
  Texts only;
};

struct Run {
  double seconds = 0;      ///< wall time
  double cpu_seconds = 0;  ///< of the whole process, its start included
  double megabytes = 0;
  std::string out;
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Runs a program to its end; throws when it fails. A line "seconds N" of its output replaces the time measured.
Run run(const Texts& command, const fs::path& output) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  const auto begin = std::chrono::steady_clock::now();
  const int spawned = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) throw std::runtime_error("cannot run " + command[0]);
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  if (status != 0) throw std::runtime_error(fmt::format("failed: {}", fmt::join(command, " ")));
  std::ifstream file(output);
  std::ostringstream text;
  text << file.rdbuf();
  Run result{elapsed.count(), seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
             static_cast<double>(usage.ru_maxrss) / 1024, text.str()};
  if (result.out.starts_with("seconds ")) result.seconds = std::stod(result.out.substr(8));
  return result;
}

struct Contestant {
  std::string name, title;
  Texts command;                 ///< without the database
  Texts rest;                    ///< behind the database
  bool is_on_our_tables = true;  ///< gets a copy of the prepared database
  bool keeps_bytes = false;      ///< of the raw records
  bool is_slow = false;          ///< takes part in the first round only
  bool has_no_sqlite = false;    ///< its rows are counted, and counted by itself
  double target = 0;             ///< its time, as a multiple of ours; 0: none
  std::vector<Run> runs;
  [[nodiscard]] double best() const { return std::ranges::min(runs, {}, &Run::seconds).seconds; }
  [[nodiscard]] double least_cpu() const { return std::ranges::min(runs, {}, &Run::cpu_seconds).cpu_seconds; }
  [[nodiscard]] double peak() const { return std::ranges::max(runs, {}, &Run::megabytes).megabytes; }
};

bool succeeds(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

class Bench {
 public:
  Bench(Options options, std::string self)
      : options_(std::move(options)),
        self_(std::move(self)),
        folder_(fs::absolute(options_.folder) / fmt::format("bench-ingest-{}", ::getpid())) {
    fs::create_directories(folder_);
  }
  ~Bench() { fs::remove_all(folder_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void measure() {
    pages_ = write_pages(folder_ / "pages", options_.creators);
    prepare((folder_ / "prepared.db").string(), pages_.count);
    gather();
    for (int round = 0; round < options_.rounds; ++round) {
      for (std::size_t i = 0; i < contestants_.size(); ++i) {
        auto& contestant = contestants_.at((i + static_cast<std::size_t>(round)) % contestants_.size());
        if (round == 0 || !contestant.is_slow) take_turn(contestant, round == 0);
      }
    }
  }

  void print() const {
    std::uintmax_t bytes = 0;
    for (int page = 1; page <= pages_.count; ++page) bytes += fs::file_size(pages_.file(page));
    std::cout << fmt::format("{} records on {} pages, {:.1f} MB; best of {} rounds, in turns (the slow ones: one).\n\n",
                             options_.creators, pages_.count, static_cast<double>(bytes) / 1e6, options_.rounds)
              << "| | seconds | records/s | times ours | wanted | CPU seconds | peak MB | all rounds |\n"
                 "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n";
    const auto ours = std::ranges::find(contestants_, "toksync", &Contestant::name);
    for (const auto& contestant : contestants_) print_row(contestant, ours == contestants_.end() ? 0 : ours->best());
    for (const auto& [name, reason] : left_out_) std::cout << fmt::format("\n{}: not measured; {}.\n", name, reason);
    std::cout << "\nAll left the same rows behind: " << state_ << ".\n";
  }

 private:
  void add(Contestant contestant) {
    const auto& only = options_.only;
    if (only.empty() || std::ranges::find(only, contestant.name) != only.end()) {
      contestants_.push_back(std::move(contestant));
    }
  }

  void gather() {
    const auto pages = Texts{pages_.folder.string(), std::to_string(pages_.count)};
    const auto with_pages = [&](Texts command) {
      command.insert(command.end(), pages.begin(), pages.end());
      return command;
    };
    const std::string scripts = BENCH_FOLDER "/ingest/";
    add({.name = "toksync", .title = "toksync", .command = with_pages({self_, "toksync"}), .keeps_bytes = true});
    add({.name = "minimum",
         .title = "hand-written minimum (simdjson, SQLite's C API)",
         .command = with_pages({self_, "minimum"}),
         .keeps_bytes = true,
         .target = 1 / 1.25});
    add({.name = "python",
         .title = "Python json + sqlite3, our tables",
         .command = with_pages({kSystemPython, scripts + "with_sqlite3.py"}),
         .rest = {"same"},
         .target = 1.7});
    add({.name = "python-text",
         .title = "Python json + sqlite3, text keys",
         .command = with_pages({kSystemPython, scripts + "with_sqlite3.py"}),
         .rest = {"text"},
         .is_on_our_tables = false,
         .target = 3});
    gather_others(with_pages, scripts);
  }

  template <typename WithPages>
  void gather_others(const WithPages& with_pages, const std::string& scripts) {
    if (succeeds(std::string(kSystemPython) + " -c 'import sqlite_utils'")) {
      add({.name = "sqlite-utils",
           .title = "sqlite-utils from Python, our tables",
           .command = with_pages({kSystemPython, scripts + "with_sqlite_utils.py"}),
           .is_slow = true,
           .target = 5});
    } else {
      left_out_["sqlite-utils"] = "the package sqlite-utils is missing";
    }
    if (succeeds("command -v sqlite3")) {
      write_shell_script(scripts);
      add({.name = "shell",
           .title = "sqlite3 shell with json_each, our tables",
           .command = {"sqlite3", "-bail"},
           .rest = {".read " + (folder_ / "pages.sql").string()},
           .is_slow = true,
           .target = 3});
    } else {
      left_out_["shell"] = "the package sqlite3 is missing";
    }
    if (std::getenv("TOKSYNC_BENCH_NODE_MODULES") != nullptr) {
      add({.name = "duckdb",
           .title = "DuckDB read_json with upserts, text keys",
           .command = with_pages({"node", scripts + "with_duckdb.mjs"}),
           .is_on_our_tables = false,
           .is_slow = true,
           .has_no_sqlite = true,
           .target = 1});
    } else {
      left_out_["duckdb"] = "its npm package @duckdb/node-api is missing";
    }
  }

  static std::string read(const fs::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  /// What the shell reads: the same statements for each page.
  void write_shell_script(const std::string& scripts) const {
    const auto statements = read(scripts + "page.sql");
    std::ofstream script(folder_ / "pages.sql");
    script << read(scripts + "begin.sql");
    for (int page = 1; page <= pages_.count; ++page) {
      std::string text = statements;
      for (const auto& [mark, value] : {std::pair{std::string("@FILE@"), pages_.file(page).string()},
                                        {"@TIME@", to_iso8601(Pages::received_at(page))},
                                        {"@PAGE@", std::to_string(page)}}) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
          text.replace(at, mark.size(), value);
        }
      }
      script << text;
    }
  }

  void take_turn(Contestant& contestant, bool is_first) {
    const auto database = folder_ / "contest.db";
    for (const auto* const suffix : {"", "-wal", "-shm", ".wal"}) fs::remove(database.string() + suffix);
    if (contestant.is_on_our_tables) fs::copy_file(folder_ / "prepared.db", database);
    // What the one before left to the disk is not this one's work.
    ::sync();
    auto command = contestant.command;
    command.push_back(database.string());
    command.insert(command.end(), contestant.rest.begin(), contestant.rest.end());
    contestant.runs.push_back(run(command, folder_ / "output"));
    std::cerr << fmt::format("{:14} {:7.2f} s {:7.2f} s of CPU {:6.1f} MB\n", contestant.name,
                             contestant.runs.back().seconds, contestant.runs.back().cpu_seconds,
                             contestant.runs.back().megabytes);
    if (is_first) compare(contestant, database.string());
  }

  void compare(const Contestant& contestant, const std::string& database) {
    if (contestant.has_no_sqlite) return compare_counts(contestant);
    const auto state = run({self_, "end-state", database}, folder_ / "output").out;
    if (state_.empty()) state_ = state;
    if (state != state_) throw std::runtime_error(contestant.name + " left other rows: " + state + ", not " + state_);
    if (!contestant.keeps_bytes) return;
    const auto bytes = run({self_, "raw-bytes", database}, folder_ / "output").out;
    if (bytes_.empty()) bytes_ = bytes;
    if (bytes != bytes_) throw std::runtime_error(contestant.name + " changed the bytes of a record");
  }

  void compare_counts(const Contestant& contestant) const {
    const auto& out = contestant.runs.back().out;
    std::istringstream counted(out.substr(out.find("rows ") + 5));
    std::istringstream expected(state_);
    std::string count, other, name, digest;
    while (counted >> count && expected >> other >> name >> digest) {
      if (count != other) throw std::runtime_error(contestant.name + " left other rows: " + out + ", not " + state_);
    }
  }

  void print_row(const Contestant& contestant, double ours) const {
    Texts all;
    for (const auto& each : contestant.runs) all.push_back(fmt::format("{:.2f}", each.seconds));
    const auto wanted = contestant.target > 0 ? fmt::format("≥ {:.2f}", contestant.target) : std::string("–");
    std::cout << fmt::format("| {} | {:.2f} | {:.0f} | {} | {} | {:.2f} | {:.0f}{} | {} |\n", contestant.title,
                             contestant.best(), options_.creators / contestant.best(),
                             ours > 0 ? fmt::format("{:.2f}", contestant.best() / ours) : "–", wanted,
                             contestant.least_cpu(), contestant.peak(),
                             contestant.name == "toksync" ? " (wanted < 64)" : "", fmt::join(all, ", "));
  }

  Options options_;
  std::string self_;
  fs::path folder_;
  Pages pages_;
  std::vector<Contestant> contestants_;
  std::map<std::string, std::string> left_out_;
  std::string state_, bytes_;
};

/// A contestant of this program's own, in a process of its own.
int ingest(const Texts& words) {
  const Pages pages{words.at(1), std::stoi(words.at(2))};
  const auto begin = std::chrono::steady_clock::now();
  if (words[0] == "toksync") ingest_for_real(pages, words.at(3));
  if (words[0] == "minimum") ingest_minimally(pages, words.at(3));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  std::cout << fmt::format("seconds {:.4f}\n", elapsed.count());
  return EXIT_SUCCESS;
}

Options read_options(const Texts& words) {
  Options options;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const auto& value = words[i + 1];
    if (words[i] == "--creators") options.creators = std::stoi(value);
    if (words[i] == "--rounds") options.rounds = std::stoi(value);
    if (words[i] == "--folder") options.folder = value;
    std::istringstream names(value);
    if (words[i] == "--only") {
      for (std::string name; std::getline(names, name, ',');) options.only.push_back(name);
    }
  }
  if (options.creators < kCreatorsPerPage || options.creators % kCreatorsPerPage != 0 || options.rounds < 1) {
    throw std::runtime_error("creators come in pages of 100, and there is at least one round");
  }
  return options;
}

int act(const Texts& words) {
  if (!words.empty() && (words[0] == "toksync" || words[0] == "minimum")) return ingest(words);
  if (words.size() == 3 && words[0] == "pages") {
    prepare(words[1] + "/prepared.db", write_pages(words[1], std::stoi(words[2])).count);
  }
  if (words.size() == 2 && words[0] == "end-state") std::cout << end_state(words[1]);
  if (words.size() == 2 && words[0] == "raw-bytes") std::cout << raw_bytes(words[1]);
  if (!words.empty() && !words[0].starts_with("--")) return EXIT_SUCCESS;
  Bench bench(read_options(words), fs::read_symlink("/proc/self/exe").string());
  bench.measure();
  bench.print();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace toksync::bench

int main(int count, char** arguments) {
  try {
    return toksync::bench::act({arguments + 1, arguments + count});
  } catch (const std::exception& problem) {
    std::cerr << "bench_ingest: " << problem.what() << '\n';
    return EXIT_FAILURE;
  }
}
