// toksync doctor: is everything in place for a run, and if not, what to do. Asks the API free of charge, and
// changes nothing.
#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "base/secret.hpp"
#include "cli/commands.hpp"
#include "cli/doctor.hpp"
#include "cli/exit_codes.hpp"
#include "cli/print/json.hpp"
#include "cli/print/output.hpp"
#include "stages/stage.hpp"

namespace toksync::cli {
namespace {

constexpr std::size_t kTextColumn = 24;  // behind "warning  month budget   "

std::string_view to_string(Health health) {
  switch (health) {
    case Health::ok: return "ok";
    case Health::warning: return "warning";
    case Health::failure: return "failure";
  }
  return "failure";
}

// The order of the interface, section 5; what it does not order comes behind.
constexpr std::array kOrder{ErrorKind::database, ErrorKind::unauthorized, ErrorKind::no_credits,
                            ErrorKind::budget,   ErrorKind::unreachable,  ErrorKind::locked,
                            ErrorKind::usage,    ErrorKind::internal};

/// What the pipelines of a command line need, each thing once.
struct Patient {
  Findings findings;
  std::vector<DoctorSource> sources;
  std::vector<DoctorDatabase> databases;

  void add(const pipeline::Pipeline& pipeline) {
    auto& source = source_of(pipeline.source);
    for (const auto& mirror : pipeline.mirrors) source.mirrors.push_back(mirror.resource);
    for (const auto& set : pipeline.keyword_sets) {
      for (const auto stage : kAllStages) {
        if (!stages::stage(stage).purchases(set).empty()) source.stages.insert(stage);
      }
    }
    source.keep_credits = std::max(source.keep_credits, pipeline.budget.keep_credits);
    add_database(pipeline.database_path, pipeline.budget.max_credits_per_month);
  }

  DoctorSource& source_of(const pipeline::Source& wanted) {
    const auto identity = [](const pipeline::Source& one) {
      return std::tie(one.api, one.base_url, one.api_key_env, one.api_key_file, one.client_id_env);
    };
    const auto known =
        std::ranges::find_if(sources, [&](const auto& one) { return identity(one.source) == identity(wanted); });
    return known != sources.end() ? *known : sources.emplace_back(DoctorSource{wanted, {}, {}, {}});
  }

  void add_database(const std::string& path, const std::optional<Credits>& month) {
    auto known = std::ranges::find(databases, path, &DoctorDatabase::path);
    if (known == databases.end()) known = databases.insert(databases.end(), DoctorDatabase{path, {}});
    auto& limit = known->max_credits_per_month;
    if (month) limit = std::min(limit.value_or(*month), *month);
  }
};

Patient patient_of(const Options& options) {
  Patient patient;
  for (const auto& path : options.pipelines) {
    auto loaded = pipeline::load_pipeline(path, process_environment());
    if (!loaded) {
      for (const auto& problem : loaded.error()) {
        patient.findings.push_back(failure("pipeline", ErrorKind::usage, problem.text(), "correct the file"));
      }
      continue;
    }
    patient.findings.push_back(well("pipeline", fmt::format("{} is valid ({})", path, loaded->name)));
    patient.add(with_overrides(std::move(*loaded), options));
  }
  if (!patient.sources.empty()) return patient;
  pipeline::Pipeline nothing;
  patient.source_of(with_overrides(nothing, options).source);
  patient.add_database(database_path(options), std::nullopt);
  return patient;
}

void append(Findings& all, Findings more) { std::ranges::move(more, std::back_inserter(all)); }

int exit_code(const Findings& findings) {
  for (const auto kind : kOrder) {
    const auto fits = [&](const Finding& one) { return one.health == Health::failure && one.kind == kind; };
    if (std::ranges::any_of(findings, fits)) return exit_code_of(kind);
  }
  return kExitDone;
}

std::string coloured(const Terminal& terminal, Health health) {
  const auto word = fmt::format("{:<9}", to_string(health));
  switch (health) {
    case Health::ok: return terminal.green(word);
    case Health::warning: return terminal.yellow(word);
    case Health::failure: return terminal.red(word);
  }
  return word;
}

std::string indented(const World& world, const std::string& text) {
  return wrapped(printable(redact(text)), world.out.width, kTextColumn);
}

void print_text(const World& world, const Options& options, const Findings& findings) {
  for (const auto& one : findings) {
    if (options.quiet && one.health == Health::ok) continue;
    fmt::print("{}{:<15}{}\n", coloured(world.out, one.health), one.check, indented(world, one.text));
    if (!one.remedy.empty()) fmt::print("{:>{}}{}\n", "", kTextColumn, indented(world, "to do: " + one.remedy));
  }
  if (options.quiet) return;
  const auto number = [&](Health health) { return std::ranges::count(findings, health, &Finding::health); };
  fmt::print("\n{}: {} ok, {}, {}\n", count(static_cast<std::int64_t>(findings.size()), "check"), number(Health::ok),
             count(number(Health::warning), "warning"), count(number(Health::failure), "failure"));
}

void print_document(const Findings& findings, int code) {
  auto list = Json::array();
  for (const auto& one : findings) {
    list.push_back({{"check", one.check},
                    {"result", to_string(one.health)},
                    {"text", redact(one.text)},
                    {"remedy", one.remedy.empty() ? Json(nullptr) : Json(redact(one.remedy))}});
  }
  print_json({{"ok", code == kExitDone}, {"exit_code", code}, {"checks", std::move(list)}});
}

}  // namespace

Finding well(std::string check, std::string text) { return {std::move(check), Health::ok, std::move(text)}; }

Finding warning(std::string check, std::string text, std::string remedy) {
  return {std::move(check), Health::warning, std::move(text), std::move(remedy)};
}

Finding failure(std::string check, ErrorKind kind, std::string text, std::string remedy) {
  return {std::move(check), Health::failure, std::move(text), std::move(remedy), kind};
}

Finding failure(std::string check, const Error& error) {
  return failure(std::move(check), error.kind, error.operation + ": " + error.cause, error.hint);
}

int doctor(World& world, const Options& options) {
  auto patient = patient_of(options);
  auto& findings = patient.findings;
  const Signals signals;
  for (const auto& source : patient.sources) append(findings, look_at_source(world, source, signals));
  for (const auto& database : patient.databases) append(findings, look_at_database(world, database));
  const auto code = exit_code(findings);
  if (options.json) {
    print_document(findings, code);
  } else {
    print_text(world, options, findings);
  }
  return code;
}

}  // namespace toksync::cli
