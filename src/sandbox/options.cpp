#include "sandbox/options.hpp"

#include <CLI/CLI.hpp>

namespace toksync::sandbox {
namespace {

constexpr const char* description =
    "A local stand-in for the Toksta Public API v1: behaves, bills and fails like the API.\n"
    "It invents its creators from a seed and keeps everything in memory.";

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

The default key is tk_test_ and 48 zeros. SIGINT and SIGTERM end it at once, with exit code 0.)";

void add_server(CLI::App& app, Options& options) {
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

}  // namespace

std::optional<int> read_command_line(int argument_count, char** arguments, Options& options) {
  CLI::App app(description, "toksta-sandbox");
  app.footer(footer);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_server(app, options);
  add_world(app, options);
  add_account(app, options);
  add_jobs(app, options);
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    const bool asked = app.exit(error) == 0;
    return asked ? 0 : 2;
  }
  if (options.api_keys.empty()) options.api_keys.push_back("tk_test_" + std::string(48, '0'));
  return std::nullopt;
}

}  // namespace toksync::sandbox
