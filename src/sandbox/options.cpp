#include "sandbox/options.hpp"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>

#include "base/time.hpp"

namespace toksync::sandbox {
namespace {

/// What differs between the APIs before anything is asked.
struct ApiRow {
  const char* name;
  Api api;
  std::size_t size;  ///< of the world
  int rate_limit;
  const char* key;
};

const std::string zeros(48, '0');
constexpr std::array api_table = {ApiRow{"toksta", Api::toksta, 3000, 60, "tk_test_"},
                                  ApiRow{"partner", Api::partner, 3000, 60, "tk_test_"},
                                  ApiRow{"tokportal", Api::tokportal, 137, 120, "sk_0000000000000000"},
                                  ApiRow{"toktra", Api::toktra, 214, 1000, "toktra_test_"}};

const ApiRow& row_of(Api api) {
  return *std::find_if(api_table.begin(), api_table.end(), [api](const ApiRow& row) { return row.api == api; });
}

std::map<std::string, Api> api_names() {
  std::map<std::string, Api> names;
  for (const ApiRow& row : api_table) names.emplace(row.name, row.api);
  return names;
}

constexpr const char* description =
    "A local stand-in for the Toksta Public API v1, or the Partner API before it: behaves, bills and fails like the\n"
    "API; or, with --api, for one of the APIs that are mirrored. It invents its creators from a seed and keeps\n"
    "everything in memory.";

constexpr const char* footer = R"(Faults: --fault "METHOD PATH KIND [count=N|all] [after=N] [key=value...]"
  METHOD may be *, PATH may end in * ("POST /v1/creators/enrich lost_answer after=1").
  count is how many matching requests fail (default 1), after how many pass first (default 0).
  before the work   lost_request, hold_before, 429, 500_before, 503_refused, html_502, html_503, html_504,
                    empty_503 (work=done does the work first), error status=N code=CODE message=TEXT,
                    echo_page status=N (a gateway's page that repeats the request's headers),
                    slow seconds=N (then goes on), others operation=KEY credits=N (somebody else with the same
                    account spends that, then goes on), refused seconds=N (the port closes once `after` requests
                    have been answered)
  after the work    lost_answer, hold_after, 500_after, truncated, malformed, not_json, odd_records,
                    huge_body megabytes=N, trickle (one byte a second), endless (a body without end),
                    echo (the request's headers in every record, in meta and in the request id)
  of jobs started   jobs_fail, jobs_missing, jobs_stuck (count counts jobs)

Control routes, without a key, never counted or limited:
  GET    /sandbox/bill       what was charged, reserved and refunded, by operation and by work
  GET    /sandbox/requests   every request in order, the lost ones too
  GET    /sandbox/held       how many requests a hold fault holds
  POST   /sandbox/release    lets the held requests go on
  GET, POST, DELETE /sandbox/faults   a fault text, an object, or an array of either
  POST   /sandbox/credits    {"balance": N}
  GET, DELETE /sandbox/lists       the creator lists with their members; DELETE deletes them all
  POST   /sandbox/reset      forgets jobs, bill, log and faults

--api tokportal stands in for TokPortal below /api/ext, --api toktra for Toktra below /v1. Of the options above they take
those of the server, --seed, --creators (accounts or users; 137 and 214), --rate-limit (120 and 1000), --time-scale and
--fault. Their world changes when it is told to: POST /sandbox/advance. What is asked for is counted: GET /sandbox/hits.
  before the work   as above but for others; 429 also takes retry_after=none and, of tokportal, body=N; error also takes
                    shape=string|object; advance days=N (the world moves on, then goes on); of toktra forget_tokens,
                    forget_cursors (then goes on)
  after the work    lost_answer, hold_after, truncated, malformed, not_json, huge_body, echo, odd_records,
                    unknown_fields, new_values (unknown enum values), no_data (no envelope around the data);
                    of tokportal no_pagination, reordered_columns; of toktra null_cursor, repeated_cursor
  GET  /sandbox/hits      {"GET /accounts/{id}/analytics": N, ...}, below the base path; every path that was asked for
  GET  /sandbox/world     the world's day and how much there is
  POST /sandbox/advance   {"days": N}: metrics grow, rows come and go
  POST /sandbox/remove    {"resource": "accounts", "id": "..."}; without an id the first
  POST /sandbox/forget    {"what": "tokens"|"cursors"}, of toktra
  /sandbox/requests, held, release, faults and reset as above

The default key is tk_test_ and 48 zeros, sk_ and 64 zeros of tokportal, toktra_test_ and 48 zeros of toktra, whose
OAuth client is client_test with secret_test. In a PATH of a fault a star may stand anywhere.
SIGINT and SIGTERM end it at once, with exit code 0.)";

void add_server(CLI::App& app, Options& options) {
  app.add_option_function<std::string>(
         "--api", [&options](const std::string& name) { options.api = api_names().at(name); },
         "The API to stand in for (default toksta)")
      ->check(CLI::IsMember(api_names()));
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on, 0 for any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--port-file", options.port_file, "File to write the port to, once listening");
  app.add_option("--api-key", options.api_keys, "Accepted key (repeatable; replaces the default key)")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--workspace-key", options.workspace_keys, "Accepted key with workspace access (repeatable)")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--lenient", options.lenient, "Accept unknown keys in requests");
  app.add_flag("--quiet", options.quiet, "Print nothing");
}

void add_world(CLI::App& app, Options& options) {
  app.add_option("--today", options.today, "The first day of a mirror's world (default: the real one)")
      ->check([](const std::string& day) {
        return day.size() == 10 && from_iso8601(day) ? "" : "no day like 2026-05-28: " + day;
      });
  app.add_option("--seed", options.seed, "Seed of the creators")->capture_default_str();
  app.add_option("--creators", options.creators, "How many creators there are")->capture_default_str();
  app.add_option("--pre-enriched", options.pre_enriched, "Share of creators enriched from the start")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--shuffle-pages,!--no-shuffle-pages", options.shuffle_pages,
               "Let discovery rankings move between pages (default on)");
}

void add_account(CLI::App& app, Options& options) {
  app.add_option("--credits", options.credits, "Balance of the account")->capture_default_str();
  app.add_flag("--no-balance", options.no_balance, "Usage does not tell the balance");
  app.add_flag("--no-cost-header", options.no_cost_header, "Answers carry no X-Toksta-Credit-Cost");
  app.add_flag("--overage", options.overage, "Charge on when the balance is used up, instead of 402");
  app.add_option("--rate-limit", options.rate_limit, "Requests a minute, per key")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--max-ids", options.max_ids, "Most creator_ids or job_ids in a request, 0 for no limit")
      ->capture_default_str();
}

void add_jobs(CLI::App& app, Options& options) {
  app.add_option("--job-latency", options.job_latency, "Seconds a job takes, 0.5 to 1.5 times; thought leaders 3x")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--retention-days", options.retention_days, "How long results are kept; fractions allowed")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--time-scale", options.time_scale, "Divides latencies, waits and rate windows")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--cache-analyses", [&options](const std::string& value) { options.cache_analyses = value == "on"; },
         "Analyses younger than 30 days are free and cached: on or off (default off)")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--fault", options.faults, "Fail on request (repeatable), see below")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_toktra(CLI::App& app, Options& options) {
  app.add_option("--client", options.client, "ID:SECRET of toktra's OAuth client")->capture_default_str();
  app.add_option("--token-lifetime", options.token_lifetime, "Seconds that toktra's access tokens are good for")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--cursor-lifetime", options.cursor_lifetime, "Seconds that toktra's cursors are good for")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--error-objects", options.error_objects, "Errors of toktra are objects, not texts");
}

/// What was not given is as the API has it.
void fill_in(const CLI::App& app, Options& options) {
  const ApiRow& row = row_of(options.api);
  if (app.count("--creators") == 0) options.creators = row.size;
  if (app.count("--rate-limit") == 0) options.rate_limit = row.rate_limit;
  if (options.api_keys.empty()) options.api_keys.push_back(row.key + zeros);
}

}  // namespace

std::optional<int> read_command_line(int argument_count, char** arguments, Options& options) {
  CLI::App app(description, "toksta-sandbox");
  app.footer(footer);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_server(app, options);
  add_world(app, options);
  add_account(app, options);
  add_jobs(app, options);
  add_toktra(app, options);
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    const bool asked = app.exit(error) == 0;
    return asked ? 0 : 2;
  }
  fill_in(app, options);
  return std::nullopt;
}

}  // namespace toksync::sandbox
