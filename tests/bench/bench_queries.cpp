// bench_queries: how long people wait for an answer from a database of a million creators and a hundred runs, and how
// much memory the commands take. Prints a Markdown table; ends with 1 when an answer takes a second or more.
//
//   bench_queries [--creators N] [--runs N] [--hits N] [--requests N] [--backlog N] [--database FILE] [--only TEXT]
//
// A database that is there already is asked as it is, and is kept.
#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.hpp"
#include "bench_queries_fill.hpp"
#include "pipeline/loader.hpp"
#include "stages/stage.hpp"
#include "store/reports.hpp"

namespace toksync::bench {
namespace {

constexpr double kMostMilliseconds = 1000;
constexpr double kMostMegabytes = 64;
constexpr int kTimes = 3;

struct Settings {
  Sizes sizes;
  std::string database, only;
};

/// What an answer took of another process; nothing when it was found in this one.
struct Child {
  double megabytes = 0, processor_milliseconds = 0;
};

/// The figures of one question: the medians of `kTimes` askings, and the greatest memory, where it is known.
struct Figures {
  double milliseconds = 0, processor_milliseconds = 0, megabytes = 0;
  [[nodiscard]] bool are_good() const { return milliseconds < kMostMilliseconds && megabytes < kMostMegabytes; }
};

struct Question {
  std::string title;
  std::function<Child()> ask;
  bool has_target = true;
};

WallTime wall_now() { return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()); }

/// A folder for the time of one benchmark.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / fmt::format("bench-queries-{}", getpid())) {
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

double median(std::array<double, kTimes> values) {
  std::ranges::sort(values);
  return values[kTimes / 2];
}

Figures measure(const Question& question) {
  std::array<double, kTimes> times{}, processor_times{};
  double megabytes = 0;
  for (int i = 0; i < kTimes; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto processor_start = std::clock();
    const auto child = question.ask();
    times.at(i) = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    processor_times.at(i) =
        child.processor_milliseconds + static_cast<double>(std::clock() - processor_start) * 1000 / CLOCKS_PER_SEC;
    megabytes = std::max(megabytes, child.megabytes);
  }
  return {median(times), median(processor_times), megabytes};
}

double milliseconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
}

Child run_toksync(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{TOKSYNC_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int problem = posix_spawn(&child, TOKSYNC_BINARY, &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::runtime_error("toksync cannot be started");
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("toksync " + arguments.front() + " failed");
  return {static_cast<double>(usage.ru_maxrss) / 1024,
          milliseconds_of(usage.ru_utime) + milliseconds_of(usage.ru_stime)};
}

/// Asks by a connection of its own, as an analyst's tool would, and reads every column of every row.
Child run_sql(const std::string& path, const std::string& sql) {
  SQLite::Database database(path, SQLite::OPEN_READONLY);
  SQLite::Statement statement(database, sql);
  while (statement.executeStep()) {
    for (int column = 0; column < statement.getColumnCount(); ++column)
      std::ignore = statement.getColumn(column).getText();
  }
  return {};
}

std::string value_of(const std::string& path, const std::string& sql) {
  SQLite::Database database(path, SQLite::OPEN_READONLY);
  return database.execAndGet(sql).getString();
}

void add_commands(std::vector<Question>& questions, const std::string& path, const std::filesystem::path& folder) {
  const auto command = [&](const std::string& title, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--db", path});
    questions.push_back({title, [arguments] { return run_toksync(arguments); }});
  };
  const auto oldest = value_of(path, "SELECT min(run_id) FROM runs");
  const auto newest = value_of(path, "SELECT max(run_id) FROM runs WHERE pipeline <> 'backlog'");
  const auto biggest = value_of(path, "SELECT max(run_id) FROM runs");
  command("toksync status", {"status"});
  command("toksync status of the oldest run", {"status", oldest});
  command("toksync status of the newest nightly run", {"status", newest});
  command("toksync status --json of the biggest run", {"status", biggest, "--json"});
  command("toksync plan of 3 keyword sets with known hits", {"plan", folder / "nightly-0.toml"});
  command("toksync plan of the backlog's 3 keyword sets", {"plan", folder / "backlog.toml"});
  questions.back().has_target = false;  // its memory is bounded, its time is that of its creators
  command("toksync credits", {"credits"});
  command("toksync credits --by run of all time", {"credits", "--by", "run", "--since", "2000-01-01"});
  command("toksync db schema", {"db", "schema"});
  command("toksync export of a keyword set's shortlist",
          {"export", "--sql", "SELECT * FROM shortlist WHERE pipeline = 'nightly-1' AND keyword_set = 'set-1'"});
  command("toksync export creators", {"export", "creators"});
  questions.back().has_target = false;  // its memory is bounded, its time is that of its creators
  command("toksync jobs list", {"jobs", "list"});
  command("toksync jobs list of a run", {"jobs", "list", "--run", biggest});
  command("toksync jobs list --unfinished", {"jobs", "list", "--unfinished"});
  command("toksync jobs list --status ambiguous", {"jobs", "list", "--status", "ambiguous"});
  command("toksync jobs list --status canceled (none)", {"jobs", "list", "--status", "canceled"});
  command("toksync jobs list --family thought_leaders", {"jobs", "list", "--family", "thought_leaders"});
}

/// What the engine asks when a run begins and at each of its steps.
void add_store(std::vector<Question>& questions, const std::string& path, const pipeline::Pipeline& pipeline) {
  const auto add = [&](const std::string& title, const std::function<void(store::Store&)>& ask) {
    questions.push_back({title, [&path, ask] {
                           auto store = store::Store::open(path, store::OpenMode::read_only).value();
                           ask(store);
                           return Child{};
                         }});
  };
  const auto& set = pipeline.keyword_sets.front();
  const auto criteria_of = [set](store::Store& store, StageName stage) {
    return store.find_criteria(stage, stages::stage(stage).purchases(set).front().criteria).value();
  };
  const auto search_of = [criteria_of](store::Store& store) {
    return store.finished_search(criteria_of(store, StageName::search)).value().first;
  };
  const auto candidates_of = [=](store::Store& store) {
    return store.candidates({search_of(store),
                             {},
                             criteria_of(store, StageName::content_match),
                             criteria_of(store, StageName::audience_match)});
  };
  add("store: outstanding_jobs", [](auto& store) { std::ignore = store.outstanding_jobs(); });
  add("store: lost_requests", [](auto& store) { std::ignore = store.lost_requests(); });
  add("store: unfinished_run", [name = pipeline.name](auto& store) { std::ignore = store.unfinished_run(name); });
  add("store: spent_in_month, 100 times", [](auto& store) {
    const auto month = month_of(wall_now());
    for (int i = 0; i < 100; ++i) std::ignore = store.spent_in_month(month);
  });
  add("store: spent_in_run, 100 times", [](auto& store) {
    for (int i = 1; i <= 100; ++i) std::ignore = store.spent_in_run(RunKey{i});
  });
  add("store: finished_search and count_hits", [=](auto& store) { std::ignore = store.count_hits(search_of(store)); });
  add("store: candidates of a keyword set", [=](auto& store) { std::ignore = candidates_of(store); });
  add("store: work_states of as many creators", [=](auto& store) {
    std::vector<CreatorKey> keys;
    for (const auto& candidate : candidates_of(store)) keys.push_back(candidate.creator);
    std::ignore = store.work_states(StageName::enrich, criteria_of(store, StageName::enrich), RunKey{1}, keys);
  });
  add("store: shortlist of a pipeline, 10 each",
      [name = pipeline.name](auto& store) { std::ignore = store::shortlist(store, 10, name); });
  questions.push_back({"store: recover_intents", [&path] {
                         auto store = store::Store::open(path, store::OpenMode::read_write).value();
                         store.recover_intents(wall_now());
                         return Child{};
                       }});
}

struct View {
  const char *title, *sql;
};

// {creator}, {run}, {job} stand for the id of one that is in every relation.
constexpr auto kViews = std::to_array<View>({
    {"shortlist: one keyword set by rank, first 50",
     "SELECT * FROM shortlist WHERE pipeline = 'nightly-1' AND keyword_set = 'set-1' ORDER BY rank LIMIT 50"},
    {"shortlist: one keyword set by content score, first 50",
     "SELECT * FROM shortlist WHERE pipeline = 'nightly-1' AND keyword_set = 'set-1'"
     " ORDER BY content_score DESC LIMIT 50"},
    {"shortlist: one keyword set by combined score, first 50 (README)",
     "SELECT * FROM shortlist WHERE pipeline = 'nightly-1' AND keyword_set = 'set-1'"
     " ORDER BY combined_score DESC LIMIT 50"},
    {"shortlist: one keyword set, whole",
     "SELECT * FROM shortlist WHERE pipeline = 'nightly-1' AND keyword_set = 'set-1'"},
    {"shortlist: count of a pipeline", "SELECT count(*) FROM shortlist WHERE pipeline = 'nightly-1'"},
    {"shortlist: whom both scores fit",
     "SELECT * FROM shortlist WHERE pipeline = 'nightly-1' AND content_score >= 75 AND audience_score >= 65"},
    {"shortlist: one creator", "SELECT * FROM shortlist WHERE creator_id = '{creator}'"},
    {"creators: one", "SELECT * FROM creators WHERE creator_id = '{creator}'"},
    {"creators: newest 100", "SELECT * FROM creators ORDER BY creator_key DESC LIMIT 100"},
    {"creators: count", "SELECT count(*) FROM creators"},
    {"creator_tags: one creator", "SELECT * FROM creator_tags WHERE creator_id = '{creator}'"},
    {"creator_tags: of a shortlist",
     "SELECT t.value, count(*) FROM shortlist s JOIN creator_tags t USING (creator_id)"
     " WHERE s.pipeline = 'nightly-1' AND s.keyword_set = 'set-1' AND t.kind = 'language' GROUP BY t.value"},
    {"creator_metrics: one creator", "SELECT * FROM creator_metrics WHERE creator_id = '{creator}'"},
    {"creator_metrics: newest 100", "SELECT * FROM creator_metrics ORDER BY observed_at DESC LIMIT 100"},
    {"creator_growth: one creator", "SELECT * FROM creator_growth WHERE creator_id = '{creator}'"},
    {"creator_growth: top 20 of a shortlist",
     "SELECT g.* FROM shortlist s JOIN creator_growth g USING (creator_id) WHERE s.pipeline = 'nightly-1'"
     " AND s.keyword_set = 'set-1' ORDER BY g.growth_30_days DESC LIMIT 20"},
    {"search_hits: one creator", "SELECT * FROM search_hits WHERE creator_id = '{creator}'"},
    {"search_hits: one keyword set of a run",
     "SELECT * FROM search_hits WHERE run_id = '{run}' AND keyword_set = 'set-1' ORDER BY rank"},
    {"stage_creators: one stage of a run",
     "SELECT * FROM stage_creators WHERE run_id = '{run}' AND keyword_set = 'set-1' AND stage = 'enrich'"},
    {"enrichments: one creator", "SELECT * FROM enrichments WHERE creator_id = '{creator}'"},
    {"enrichments: of a run", "SELECT * FROM enrichments WHERE run_id = '{run}'"},
    {"content_matches: one creator", "SELECT * FROM content_matches WHERE creator_id = '{creator}'"},
    {"content_matches: one keyword set above a score",
     "SELECT * FROM content_matches WHERE keyword_set = 'set-1' AND match_score >= 95"},
    {"content_matches: of a run", "SELECT * FROM content_matches WHERE run_id = '{run}'"},
    {"content_match_posts: of a creator",
     "SELECT p.* FROM content_match_posts p JOIN content_matches m USING (analysis_id)"
     " WHERE m.creator_id = '{creator}'"},
    {"content_match_posts: of the best of a keyword set",
     "SELECT c.name, p.match_score, p.title, p.posted_date FROM content_match_posts p JOIN content_matches m"
     " USING (analysis_id) JOIN creators c USING (creator_id) WHERE m.keyword_set = 'set-1' AND m.match_score >= 95"},
    {"audience_matches: one creator", "SELECT * FROM audience_matches WHERE creator_id = '{creator}'"},
    {"audience_matches: one keyword set above a score",
     "SELECT * FROM audience_matches WHERE keyword_set = 'set-1' AND match_score >= 90"},
    {"audience_engagers: of a creator",
     "SELECT e.* FROM audience_engagers e JOIN audience_matches m USING (analysis_id) WHERE m.creator_id = "
     "'{creator}'"},
    {"audience_job_titles: whom a keyword set reaches",
     "SELECT t.title, sum(t.count) AS people, count(*) FROM audience_job_titles t JOIN audience_matches m"
     " USING (analysis_id) WHERE m.keyword_set = 'set-1' GROUP BY t.title ORDER BY people DESC LIMIT 5"},
    {"thought_leaders: one creator", "SELECT * FROM thought_leaders WHERE creator_id = '{creator}'"},
    {"thought_leaders: one keyword set", "SELECT * FROM thought_leaders WHERE keyword_set = 'set-1'"},
    {"runs: whole", "SELECT * FROM runs"},
    {"runs: one", "SELECT * FROM runs WHERE run_id = '{run}'"},
    {"stages: whole", "SELECT * FROM stages"},
    {"stages: of a run", "SELECT * FROM stages WHERE run_id = '{run}'"},
    {"jobs: of a run", "SELECT * FROM jobs WHERE run_id = '{run}'"},
    {"jobs: one creator", "SELECT * FROM jobs WHERE creator_id = '{creator}'"},
    {"jobs: one", "SELECT * FROM jobs WHERE job_key = {job}"},
    {"jobs: newest 100", "SELECT * FROM jobs ORDER BY job_key DESC LIMIT 100"},
    {"jobs: unfinished", "SELECT * FROM jobs WHERE is_unfinished = 1"},
    {"jobs: failed, of a run", "SELECT * FROM jobs WHERE run_id = '{run}' AND status = 'failed'"},
    {"jobs: cost by family and status of a run",
     "SELECT family, status, count(*), sum(credits_charged) FROM jobs WHERE run_id = '{run}' GROUP BY family, status"},
    {"credit_ledger: one job", "SELECT * FROM credit_ledger WHERE job_key = {job}"},
    {"credit_ledger: newest 100", "SELECT * FROM credit_ledger ORDER BY entry_id DESC LIMIT 100"},
    {"credit_ledger: of a run", "SELECT * FROM credit_ledger WHERE run_id = '{run}'"},
    {"credit_ledger: sums", "SELECT kind, sum(credits) FROM credit_ledger GROUP BY kind"},
    {"credit_spend_daily: last 30 days", "SELECT * FROM credit_spend_daily WHERE day >= date('now', '-30 days')"},
    {"credit_spend_daily: whole", "SELECT * FROM credit_spend_daily"},
    {"run_summary: whole", "SELECT * FROM run_summary"},
    {"run_summary: one", "SELECT * FROM run_summary WHERE run_id = '{run}'"},
    {"run_summary: newest 10", "SELECT * FROM run_summary ORDER BY started_at DESC LIMIT 10"},
    {"api_requests: of a run", "SELECT * FROM api_requests WHERE run_id = '{run}'"},
    {"usage_snapshots: of a run", "SELECT * FROM usage_snapshots WHERE run_id = '{run}'"},
});

// These read every creator or every job there is, whatever the indexes: for the record, without a target.
constexpr auto kWholeDatabase = std::to_array<View>({
    {"jobs: what a result costs, by family (README)",
     "SELECT family, count(*), count(*) FILTER (WHERE status = 'succeeded'), sum(credits_charged) FROM jobs"
     " WHERE creator_id IS NOT NULL GROUP BY family"},
    {"creator_tags: which topics engage (README)",
     "SELECT t.value, count(*), round(avg(c.engagement_rate), 2) FROM creator_tags t JOIN creators c"
     " USING (creator_id) WHERE t.kind = 'content_category' AND c.is_enriched GROUP BY t.value"},
    {"creators: 20 with most followers", "SELECT * FROM creators ORDER BY followers_count DESC LIMIT 20"},
    {"creator_growth: top 20 of all", "SELECT * FROM creator_growth ORDER BY growth_30_days DESC LIMIT 20"},
});

std::string with(std::string text, const std::string& name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) text.replace(at, name.size(), value);
  return text;
}

void add_views(std::vector<Question>& questions, const std::string& path) {
  const auto job = value_of(path,
                            "SELECT max(job_key) FROM audience_match_rows m JOIN run_rows USING (run_key)"
                            " WHERE pipeline <> 'backlog'");
  const auto creator = value_of(path,
                                "SELECT creator_id FROM creators JOIN job_rows USING (creator_key)"
                                " WHERE job_key = " +
                                    job);
  const auto run = value_of(path, "SELECT max(run_id) FROM runs WHERE pipeline <> 'backlog'");
  for (const auto& [title, text] : kViews) {
    const auto sql = with(with(with(text, "{creator}", creator), "{run}", run), "{job}", job);
    questions.push_back({title, [&path, sql] { return run_sql(path, sql); }});
  }
  for (const auto& [title, text] : kWholeDatabase) {
    questions.push_back({title, [&path, sql = std::string{text}] { return run_sql(path, sql); }, false});
  }
}

std::vector<pipeline::Pipeline> write_pipelines(const std::filesystem::path& folder, const Sizes& sizes) {
  std::vector<pipeline::Pipeline> pipelines;
  for (int number = 0; number < kPipelines; ++number) {
    const bool is_last = number == kPipelines - 1;
    const auto name = is_last ? "backlog" : "nightly-" + std::to_string(number);
    const auto text = pipeline_text(name, is_last ? std::max<std::int64_t>(1, sizes.backlog) : sizes.hits);
    std::ofstream(folder / (name + ".toml")) << text;
    auto parsed = pipeline::parse_pipeline(text, name, [](const auto&) { return std::nullopt; });
    if (!parsed) throw std::runtime_error(parsed.error().front().text());
    pipelines.push_back(std::move(*parsed));
  }
  return pipelines;
}

/// Asks everything, and prints each answer's figures as they come. True when all are good.
bool print_table(const std::vector<Question>& questions, const std::string& only) {
  bool all_good = true;
  fmt::print("| question | ms | processor ms | MB | under 1 s, 64 MB |\n|---|---:|---:|---:|---|\n");
  for (const auto& question : questions) {
    if (question.title.find(only) == std::string::npos) continue;
    const auto figures = measure(question);
    all_good = all_good && (figures.are_good() || !question.has_target);
    const auto memory = figures.megabytes > 0 ? fmt::format("{:.0f}", figures.megabytes) : std::string{};
    fmt::print("| {} | {:.1f} | {:.1f} | {} | {} |\n", question.title, figures.milliseconds,
               figures.processor_milliseconds, memory,
               !question.has_target ? "no target"
               : figures.are_good() ? "yes"
                                    : "**no**");
    std::fflush(stdout);
  }
  return all_good;
}

/// In a process of its own: a command's peak memory is never told to be below that of the process that started it.
void fill_apart(const std::string& path, const std::vector<pipeline::Pipeline>& pipelines, const Sizes& sizes) {
  const auto child = fork();
  if (child == 0) {
    try {
      fill(path, pipelines, sizes);
      _exit(0);
    } catch (const std::exception& problem) {
      fmt::print(stderr, "bench_queries: {}\n", problem.what());
      _exit(1);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("the database could not be filled");
}

int run(const Settings& settings) {
  const Folder folder;
  const auto path = settings.database.empty() ? (folder.path() / "bench.db").string() : settings.database;
  const auto pipelines = write_pipelines(folder.path(), settings.sizes);
  if (!std::filesystem::exists(path)) fill_apart(path, pipelines, settings.sizes);
  fmt::print("{} creators, {} runs, {} jobs, {:.1f} GB\n\n", value_of(path, "SELECT count(*) FROM creators"),
             value_of(path, "SELECT count(*) FROM run_rows"), value_of(path, "SELECT count(*) FROM job_rows"),
             static_cast<double>(std::filesystem::file_size(path)) / 1e9);
  std::vector<Question> questions;
  add_commands(questions, path, folder.path());
  add_store(questions, path, pipelines.front());
  add_views(questions, path);
  return print_table(questions, settings.only) ? 0 : 1;
}

/// Throws when an option is unknown or has no value.
Settings settings_of(const std::vector<std::string>& words) {
  Settings settings;
  const std::map<std::string, std::int64_t*> numbers{{"--creators", &settings.sizes.creators},
                                                     {"--runs", &settings.sizes.runs},
                                                     {"--hits", &settings.sizes.hits},
                                                     {"--requests", &settings.sizes.requests},
                                                     {"--backlog", &settings.sizes.backlog}};
  const std::map<std::string, std::string*> texts{{"--database", &settings.database}, {"--only", &settings.only}};
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) throw std::invalid_argument(words[i] + " needs a value");
    if (const auto number = numbers.find(words[i]); number != numbers.end()) {
      *number->second = std::stoll(words[i + 1]);
    } else if (const auto text = texts.find(words[i]); text != texts.end()) {
      *text->second = words[i + 1];
    } else {
      throw std::invalid_argument(words[i] + " is no option");
    }
  }
  return settings;
}

}  // namespace
}  // namespace toksync::bench

int main(int argc, char** argv) {
  try {
    return toksync::bench::run(toksync::bench::settings_of({argv + 1, argv + argc}));
  } catch (const std::exception& problem) {
    fmt::print(stderr, "bench_queries: {}\n", problem.what());
    return 2;
  }
}
