// toksync jobs show and toksync jobs resolve: what is known of a job, and the last word of a person on it.
#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "cli/print/run_report.hpp"
#include "cli/print/table.hpp"

namespace toksync::cli {
namespace {

// A price can have risen, but a number that was meant for something else counts against the month's budget for good.
constexpr Credits kMostTimesReserved = 10;

tl::unexpected<Error> refused(JobKey job, std::string cause, std::string hint = {}) {
  return unexpected(ErrorKind::usage, fmt::format("job {}", raw(job)), std::move(cause), std::move(hint));
}

Expected<store::JobDetails> details_of(store::Store& store, JobKey job) {
  auto details = store::find_job(store, job);
  if (!details) return refused(job, "there is no such job", "toksync jobs list shows them");
  return std::move(*details);
}

// --- show ---

std::string time_or_dash(const OptionalText& time) { return time ? short_time(*time) : "-"; }

/// Fifty ids tell a person nothing; --json shows them.
std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 200;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

std::string facts_of(const store::JobDetails& job) {
  const auto& row = job.row;
  std::string text = fmt::format("Job {}: {}, {}\n", raw(row.job), to_string(row.family), to_string(row.status));
  const auto add = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<12} {}\n", name, printable(value));
  };
  if (row.creator_id) add("creator", row.creator_name.value_or("") + " (" + *row.creator_id + ")");
  add("keyword set", row.keyword_set);
  add("run", row.run_id);
  add("planned", short_time(job.planned_at));
  add("sent", time_or_dash(row.submitted_at));
  add("answered", time_or_dash(job.answered_at));
  add("finished", time_or_dash(row.finished_at));
  if (row.result_expires_at) add("expires", short_time(*row.result_expires_at));
  if (row.external_id) add("API's id", *row.external_id);
  if (row.request_id) add("request", *row.request_id);
  const auto open = row.credits_reserved - row.credits_charged - job.credits_released;
  add("credits", fmt::format("{} reserved, {} charged, {} released, {} open", row.credits_reserved, row.credits_charged,
                             job.credits_released, open));
  if (job.details_pending) add("still", "its details are to be fetched, free of charge");
  if (row.error_code) add("problem", *row.error_code + ": " + row.error_message.value_or(""));
  add("criteria", job.criteria);
  add("asked", shortened(job.request_json));
  return text;
}

void print_text(const World& world, const store::JobDetails& job) {
  fmt::print("{}", facts_of(job));
  if (!job.evidence.empty()) {
    Table table({{"at"}, {"source"}, {"decision"}, {"finding"}});
    for (const auto& row : job.evidence) {
      table.add({short_time(row.at), row.source, row.decision.value_or("-"), row.finding});
    }
    fmt::print("\nEvidence:\n{}", table.text(world.out));
  }
  if (!job.ledger.empty()) {
    Table table({{"at"}, {"kind"}, {"credits", Align::right}, {"source"}, {"request"}});
    for (const auto& row : job.ledger) {
      table.add({short_time(row.at), row.kind, std::to_string(row.credits), row.source, row.request_id.value_or("-")});
    }
    fmt::print("\nLedger:\n{}", table.text(world.out));
  }
}

Json to_json(const store::JobDetails& job) {
  auto document = cli::to_json(job.row);
  document["planned_at"] = job.planned_at;
  document["answered_at"] = json_of(job.answered_at);
  document["credits_released"] = job.credits_released;
  document["is_settled"] = job.is_settled;
  document["details_pending"] = job.details_pending;
  document["criteria"] = Json::parse(job.criteria, nullptr, false);
  document["request"] = Json::parse(job.request_json, nullptr, false);
  document["evidence"] = Json::array();
  for (const auto& row : job.evidence) {
    document["evidence"].push_back(
        {{"at", row.at}, {"source", row.source}, {"decision", json_of(row.decision)}, {"finding", row.finding}});
  }
  document["ledger"] = Json::array();
  for (const auto& row : job.ledger) {
    document["ledger"].push_back({{"at", row.at},
                                  {"kind", row.kind},
                                  {"credits", row.credits},
                                  {"source", row.source},
                                  {"request_id", json_of(row.request_id)}});
  }
  return document;
}

// --- resolve ---

Expected<store::Settlement> resolution_of(const store::JobDetails& job, const Options& options) {
  const auto key = job.row.job;
  const bool is_open = job.row.status == JobStatus::ambiguous || job.row.status == JobStatus::queued ||
                       job.row.status == JobStatus::running;
  if (!is_open) {
    return refused(key, fmt::format("it is {}, and there is nothing to resolve", to_string(job.row.status)));
  }
  if (!options.charged && job.is_settled && job.row.credits_charged > 0) {
    return refused(key, fmt::format("the API itself said that it charged {}", count(job.row.credits_charged, "credit")),
                   "--as charged ends it");
  }
  const bool is_told = job.is_settled && job.row.credits_charged > 0;
  if (options.credits && is_told && *options.credits != job.row.credits_charged) {
    return refused(key, fmt::format("the API itself said that it charged {}", count(job.row.credits_charged, "credit")),
                   "leave out --credits");
  }
  if (options.credits && *options.credits > kMostTimesReserved * std::max<Credits>(1, job.row.credits_reserved)) {
    return refused(key,
                   fmt::format("it reserved {}, and {} is far more than such a job costs",
                               count(job.row.credits_reserved, "credit"), *options.credits),
                   "--credits takes what this one job cost");
  }
  const auto reserved = job.row.credits_reserved - job.row.credits_charged - job.credits_released;
  const store::Charge charge{options.credits.value_or(reserved), "person"};
  store::SettledJob settled{key, options.charged ? store::Verdict::lost : store::Verdict::released, std::nullopt,
                            options.charged ? std::optional(charge) : std::nullopt};
  return store::Settlement{job.intent,
                           store::EvidenceSource::person,
                           options.charged
                               ? fmt::format("resolved by hand as charged, {}", count(charge.credits, "credit"))
                               : "resolved by hand as not charged",
                           {std::move(settled)}};
}

Expected<std::vector<store::Settlement>> resolutions(store::Store& store, const Options& options) {
  std::vector<store::Settlement> settlements;
  for (const auto job : options.jobs) {
    const auto details = details_of(store, job);
    if (!details) return tl::unexpected(details.error());
    auto settlement = resolution_of(*details, options);
    if (!settlement) return tl::unexpected(settlement.error());
    settlements.push_back(std::move(*settlement));
  }
  return settlements;
}

}  // namespace

int show_job(World& world, const Options& options) {
  auto store = open_existing_database(world, database_path(options));
  if (!store) return fail(world, options, store.error());
  auto list = Json::array();
  for (const auto key : options.jobs) {
    const auto job = details_of(*store, key);
    if (!job) return fail(world, options, job.error());
    if (options.json) {
      list.push_back(to_json(*job));
    } else {
      print_text(world, *job);
    }
  }
  if (options.json) print_json({{"jobs", std::move(list)}});
  return kExitDone;
}

int resolve_jobs(World& world, const Options& options) {
  const auto path = database_path(options);
  const Signals signals;
  if (auto readable = open_existing_database(world, path); !readable) return fail(world, options, readable.error());
  const auto lock = take_lock(world, path, options.lock_wait, signals);
  if (!lock) return fail(world, options, lock.error(), signals.take());
  auto store = open_database(world, path, store::OpenMode::read_write);
  if (!store) return fail(world, options, store.error());
  // All of them or none: what is wrong is found before anything is written.
  const auto settlements = resolutions(*store, options);
  if (!settlements) return fail(world, options, settlements.error());
  for (const auto& settlement : *settlements) store->record_settlement(settlement, world.clock.wall());
  const auto text = fmt::format("{} resolved as {}", count(std::ssize(*settlements), "job"),
                                options.charged ? "charged" : "not charged");
  if (options.json) {
    print_json({{"resolved", settlements->size()}, {"as", options.charged ? "charged" : "not-charged"}});
  } else if (!options.quiet) {
    fmt::print("{}\n", text);
  }
  return kExitDone;
}

}  // namespace toksync::cli
