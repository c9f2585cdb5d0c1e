#include "support.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace toksync::cli::test {
namespace {

// Most of a failing run is waiting for the next attempt.
constexpr std::size_t kThreads = 32;
constexpr Milliseconds kLongestRun{60'000};

constexpr const char* kHead = R"(version = 1
name = "small"

[source]
api = "toksta"
platform = "linkedin"
settle_after = "1s"

[budget]
max_credits_per_run = 1000

[keyword_sets.saas]
keywords = ["B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM"]
audience = ["VP Marketing", "CMO"]

[search]
kind = "discovery"
max_creators = 120
refresh_after = "1d"

[enrich]
batch_size = 4
[enrich.select]
top = 8
)";

constexpr const char* kTail = R"(
[content_match]
posts_to_analyze = 10
evidence_posts = 2
[content_match.select]
top = 4

[audience_match]
analysis_depth = "quick_scan"
engagers = 3
[audience_match.select]
top = 2

[thought_leaders]
mode = "balanced"
count = 3
max_candidates_to_analyze = 5
min_followers = 10000
)";

bool is_search(const nlohmann::json& work) {
  return work.at("operation").get<std::string>().find("search") != std::string::npos;
}

std::string joined(const Texts& lines) {
  std::string text;
  for (const auto& line : lines) text += "\n" + line;
  return text;
}

/// The query looks for what must not be; what it finds is shown.
void check_nothing(Reader& reader, const std::string& sql) {
  const auto found = reader.lines(sql);
  CHECK_MESSAGE(found.empty(), joined(found));
}

void check_integrity(Reader& reader) {
  CHECK(joined(reader.lines("PRAGMA integrity_check")) == "\nok");
  check_nothing(reader, "PRAGMA foreign_key_check");
}

/// Jobs, stages and runs keep sums of the ledger's entries: they have to be those sums.
void check_sums(Reader& reader) {
  check_nothing(reader, R"(
    SELECT j.job_key, j.credits_reserved, j.credits_charged, j.credits_released
      FROM job_rows j LEFT JOIN credit_ledger_rows l USING (job_key)
     GROUP BY j.job_key
    HAVING j.credits_reserved <> coalesce(sum(l.credits) FILTER (WHERE l.kind = 'reserve'), 0)
        OR j.credits_charged <> coalesce(sum(l.credits) FILTER (WHERE l.kind = 'charge'), 0)
        OR j.credits_released <> coalesce(sum(l.credits) FILTER (WHERE l.kind = 'release'), 0))");
  check_nothing(reader, R"(
    SELECT s.stage_key, s.credits_reserved, s.credits_charged, s.credits_released
      FROM stage_rows s LEFT JOIN credit_ledger_rows l USING (stage_key)
     GROUP BY s.stage_key
    HAVING s.credits_reserved <> coalesce(sum(l.credits) FILTER (WHERE l.kind = 'reserve'), 0)
        OR s.credits_charged <> coalesce(sum(l.credits) FILTER (WHERE l.kind = 'charge'), 0)
        OR s.credits_released <> coalesce(sum(l.credits) FILTER (WHERE l.kind = 'release'), 0))");
  CHECK(reader.number("SELECT sum(credits_charged) FROM runs") ==
        reader.number("SELECT sum(credits) FROM credit_ledger WHERE kind = 'charge'"));
}

void check_bill(const nlohmann::json& bill) {
  Texts paid_twice;
  for (const auto& work : bill.at("work")) {
    if (!is_search(work) && work.at("count") != 1) paid_twice.push_back(work.dump());
  }
  CHECK_MESSAGE(paid_twice.empty(), joined(paid_twice));
}

void work_off(const std::vector<Case>& cases, std::atomic<std::size_t>& next) {
  for (auto index = next++; index < cases.size(); index = next++) {
    const auto& one = cases[index];
    INFO(one.name);
    try {
      one.body();
    } catch (const std::exception& exception) {
      FAIL_CHECK("threw " << std::string{exception.what()});
    }
  }
}

}  // namespace

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the pipeline does not hold: " + from);
  return text.replace(at, from.size(), to);
}

std::string small_pipeline() { return std::string{kHead} + kTail; }
std::string searching_pipeline() { return kHead; }
std::string matching_pipeline() {
  const auto all = small_pipeline();
  return all.substr(0, all.find("[audience_match]"));
}

Texts quick(Texts more) {
  Texts flags{"--job-latency", "0", "--rate-limit", "1000000", "--time-scale", "100", "--no-shuffle-pages"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

Scene::Scene(Texts sandbox_flags, const std::string& pipeline) : sandbox(std::move(sandbox_flags)) {
  write_pipeline(pipeline);
}

ProcessOptions Scene::options(Texts arguments, const Variables& variables) const {
  arguments.insert(arguments.end(), {"--db", database()});
  ProcessOptions options{.arguments = std::move(arguments),
                         .environment = {{"TERM", "dumb"}, {"TOKSTA_API_KEY", toksync::test::sandbox_key()}},
                         .unset = {"TOKSYNC_DB", "TOKSYNC_BASE_URL", "TOKSYNC_MAX_CREDITS", "TOKSYNC_QUIET"},
                         .working_directory = folder.path().string()};
  for (const auto& [name, value] : variables) options.environment[name] = value;
  return options;
}

ProcessOptions Scene::run_options(Texts flags, const Variables& variables) const {
  flags.insert(flags.begin(), {"run", "pipeline.toml"});
  const bool has_address = std::ranges::find(flags, "--base-url") != flags.end();
  if (!has_address) flags.insert(flags.end(), {"--base-url", sandbox.base_url()});
  return options(std::move(flags), variables);
}

ProcessResult Scene::toksync(Texts arguments) const {
  return toksync::test::run_process(TOKSYNC_BINARY, options(std::move(arguments)), kLongestRun);
}

ProcessResult Scene::run(Texts flags, const Variables& variables) const {
  return toksync::test::run_process(TOKSYNC_BINARY, run_options(std::move(flags), variables), kLongestRun);
}

std::unique_ptr<Process> Scene::start_run(Texts flags) const {
  return std::make_unique<Process>(TOKSYNC_BINARY, run_options(std::move(flags)));
}

std::int64_t Reader::number(const std::string& sql) {
  SQLite::Statement statement(database_, sql);
  return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
}

Texts Reader::lines(const std::string& sql) {
  SQLite::Statement statement(database_, sql);
  Texts lines;
  while (statement.executeStep()) {
    std::string line;
    for (int column = 0; column < statement.getColumnCount(); ++column) {
      if (column > 0) line += '|';
      line += statement.getColumn(column).getString();
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Books check_books(const Scene& scene) {
  Reader reader(scene.database());
  check_integrity(reader);
  check_sums(reader);
  const auto bill = scene.sandbox.bill();
  check_bill(bill);
  const auto of_kind = [&](const std::string& kind) {
    return reader.number("SELECT sum(credits) FROM credit_ledger WHERE kind = '" + kind + "'");
  };
  Books books{.reserved = of_kind("reserve"), .charged = of_kind("charge"), .released = of_kind("release")};
  books.open = reader.number("SELECT sum(credits_open) FROM job_rows");
  books.ambiguous_jobs = reader.number("SELECT count(*) FROM jobs WHERE status = 'ambiguous'");
  books.billed = bill.at("credits_charged").get<std::int64_t>();
  CHECK(books.reserved == books.charged + books.released + books.open);
  CHECK(books.charged <= books.billed);
  // What the API has set aside for jobs that run is set aside in the ledger too.
  CHECK(books.billed + bill.at("credits_reserved").get<std::int64_t>() <= books.charged + books.open);
  return books;
}

Books check_settled_books(const Scene& scene) {
  const auto books = check_books(scene);
  CHECK(books.ambiguous_jobs == 0);
  CHECK(books.open == 0);
  CHECK(books.charged == books.billed);
  return books;
}

Content content_of(const std::string& database) {
  static const std::map<std::string, std::string> queries{
      {"search",
       "SELECT creator_id, platform, handle, name, bio, location, profile_url, keyword_set, rank, score,"
       " match_rank FROM search_hits JOIN creators USING (creator_id)"
       " UNION SELECT creator_id, kind, value, 0, 0, 0, 0, 0, 0, 0, 0 FROM creator_tags"},
      {"enrich",
       "SELECT creator_id, e.median_posts_per_month, e.median_reactions_per_post, e.followers_count,"
       " e.engagement_rate, c.followers_count, c.is_enriched"
       " FROM enrichments e JOIN creators c USING (creator_id)"},
      {"content_match",
       "SELECT creator_id, keyword_set, topic_keywords, status, m.match_score, matching_posts_count,"
       " total_posts_analyzed, content_fit_label, post_url, title, p.match_score, keyword_matches, match_reason"
       " FROM content_matches m LEFT JOIN content_match_posts p USING (analysis_id)"},
      {"audience_match",
       "SELECT creator_id, keyword_set, criteria, status, match_score, matching_engagers_count, unique_companies,"
       " audience_summary, (SELECT group_concat(e.name || e.job_title) FROM audience_engagers e"
       "   WHERE e.analysis_id = m.analysis_id),"
       " (SELECT group_concat(c.name || c.count) FROM audience_companies c WHERE c.analysis_id = m.analysis_id),"
       " (SELECT group_concat(t.title || t.count) FROM audience_job_titles t WHERE t.analysis_id = m.analysis_id)"
       " FROM audience_matches m"},
      {"thought_leaders",
       "SELECT creator_id, keyword_set, mode, search_rank, score, relevance_score,"
       " content_match_score, matching_posts, status, reasoning FROM thought_leaders"}};
  Reader reader(database);
  Content content;
  for (const auto& [family, sql] : queries) {
    for (auto& line : reader.lines(sql)) content[family].insert(std::move(line));
  }
  return content;
}

void check_content(const Content& expected, const std::string& database) {
  const auto actual = content_of(database);
  Reader reader(database);
  // Of a thought-leader job no creator is known before its result, so that its "" stands for all.
  const auto held_of = [&](const std::string& family) {
    return reader.lines(
        "SELECT coalesce(creator_id, '') FROM jobs WHERE (status = 'ambiguous' OR error_code = 'RESULT_LOST')"
        " AND family <> 'search' AND family = '" +
        family + "'");
  };
  const auto not_enriched = held_of("enrich");
  for (const auto& [family, lines] : expected) {
    CAPTURE(family);
    auto held = held_of(family);
    const bool follows_enrich = family == "content_match" || family == "audience_match";
    if (follows_enrich) held.insert(held.end(), not_enriched.begin(), not_enriched.end());
    const bool others_may_move_up = follows_enrich && !not_enriched.empty();
    const auto is_held = [&](const std::string& line) {
      return std::ranges::any_of(held, [&](const auto& creator) { return line.starts_with(creator); });
    };
    const auto found = actual.contains(family) ? actual.at(family) : std::set<std::string>{};
    Texts missing;
    Texts surplus;
    std::ranges::set_difference(lines, found, std::back_inserter(missing));
    std::ranges::set_difference(found, lines, std::back_inserter(surplus));
    std::erase_if(missing, is_held);
    CHECK_MESSAGE(missing.empty(), "missing:" << joined(missing));
    CHECK_MESSAGE((surplus.empty() || others_may_move_up), "not in an undisturbed run:" << joined(surplus));
  }
}

std::set<std::string> works_billed(const SandboxProcess& sandbox) {
  const auto bill = sandbox.bill();
  std::set<std::string> works;
  for (const auto& work : bill.at("work")) works.insert(work.at("key").get<std::string>());
  return works;
}

void run_side_by_side(const std::vector<Case>& cases) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(kThreads, cases.size()); ++i) {
    threads.emplace_back([&] { work_off(cases, next); });
  }
}

bool contains_text(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace toksync::cli::test
