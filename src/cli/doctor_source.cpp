// What doctor sees of an API: one request without the key, one for the account's usage, and one for each family
// that can be asked free of charge.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include "api/headers.hpp"
#include "cli/doctor.hpp"
#include "cli/print/output.hpp"

namespace toksync::cli {
namespace {

constexpr Milliseconds kPatience{15'000};
constexpr Milliseconds kSlow{3'000};
// Ages of data and the month of a budget go by this clock.
constexpr Seconds kWrongClock{30};
// An id that no creator and no job has.
constexpr const char* kNobody = "00000000-0000-4000-8000-000000000000";

/// One outcome, with how long it took.
struct Asked {
  api::Outcome outcome;
  Milliseconds duration{0};
};

std::string_view date_of(const api::Outcome& outcome) {
  const auto* const response = std::get_if<http::Response>(&outcome);
  return response == nullptr ? std::string_view{} : response->header("date");
}

class SourceDoctor {
 public:
  SourceDoctor(const World& world, const DoctorSource& source, const Signals& signals)
      : world_(world), wanted_(source), transport_(make_transport(world, signals)), signals_(signals) {}

  Findings look() {
    if (api::is_mirror(wanted_.source.api)) {
      look_at_credentials();
      if (look_at_connection() && credentials_) look_at_lists();
    } else {
      look_at_key();
      if (look_at_connection() && key_) look_at_account();
    }
    return std::move(findings_);
  }

 private:
  void look_at_key() {
    const auto& source = wanted_.source;
    auto key = read_api_key(source);
    if (!key) {
      return findings_.push_back(failure("api key", key.error().kind, key.error().cause, key.error().hint));
    }
    const auto place = source.api_key_file ? "the file " + *source.api_key_file : "the variable " + source.api_key_env;
    if (!looks_like_api_key(key->reveal())) {
      findings_.push_back(warning("api key", place + " holds a text that does not look like tk_live_ and 48 characters",
                                  "copy the key again; whether it is accepted stands below"));
    } else if (source.api_key_file && is_open_to_others(*source.api_key_file)) {
      findings_.push_back(warning("api key", "found in " + place + ", which other users may read",
                                  "chmod 600 " + *source.api_key_file));
    } else {
      findings_.push_back(well("api key", "found in " + place + ", and looks like one"));
    }
    key_ = std::move(*key);
  }

  void look_at_credentials() {
    const auto& source = wanted_.source;
    auto credentials = read_credentials(source);
    if (!credentials) {
      const auto& [kind, operation, cause, hint] = credentials.error();
      return findings_.push_back(failure("api key", kind, cause, hint));
    }
    credentials_ = std::move(*credentials);
    if (source.client_id_env) {
      findings_.push_back(well("api key", "a client signs in, by the variable " + *source.client_id_env));
    } else if (source.api_key_file && is_open_to_others(*source.api_key_file)) {
      findings_.push_back(
          warning("api key", "found in a file that other users may read", "chmod 600 " + *source.api_key_file));
    } else {
      findings_.push_back(well("api key", "found"));
    }
  }

  /// One page of each list that is asked for as a whole; nothing is stored.
  void look_at_lists() {
    auto connected = connect_mirror(wanted_.source, *credentials_);
    if (!connected) return findings_.push_back(failure("api", connected.error()));
    auto& provider = **connected;
    const auto now = [this] { return world_.clock.steady(); };
    if (auto request = provider.sign_in(now())) {
      const auto asked = ask(std::move(*request));
      if (const auto signed_in = provider.signed_in(asked.outcome, now()); !signed_in) {
        const auto& problem = signed_in.error();
        return findings_.push_back(failure("sign in", ErrorKind::unauthorized,
                                           fmt::format("{}: {}", problem.code, problem.message),
                                           "check the client's id and secret, and that they are of this address"));
      }
      findings_.push_back(well("sign in", "the client was let in"));
    }
    for (const auto& resource : provider.resources()) {
      const bool is_wanted = std::ranges::find(wanted_.mirrors, resource.name) != wanted_.mirrors.end();
      if (!is_wanted || resource.slicing != Slicing::whole) continue;
      const MirrorCall call{.resource = &resource};
      const auto asked = ask(provider.to_request(call));
      if (!look_at_list(resource, provider.decode(call, asked.outcome, world_.clock.wall()))) return;
    }
  }

  /// False when there is no use in asking on.
  bool look_at_list(const MirrorResource& resource, const Answer& answer) {
    const auto* const check = "list";
    if (answer.payload) {
      findings_.push_back(well(check, std::string(resource.name) + " can be read"));
      return true;
    }
    const auto& problem = answer.payload.error();
    const auto told =
        fmt::format("{}: {}: {} (request {})", resource.name, problem.code, problem.message, answer.request_id);
    if (problem.kind == FailureKind::unauthorized) {
      findings_.push_back(failure(check, ErrorKind::unauthorized, told,
                                  "the key is wrong, revoked or of another API: make a new one, or check base_url"));
      return false;
    }
    if (problem.kind == FailureKind::forbidden) {
      findings_.push_back(failure(check, ErrorKind::unauthorized, told,
                                  "ask for a plan or a key with that scope, or remove the list from the pipeline"));
      return true;
    }
    findings_.push_back(warning(check, told, "try again in a minute"));
    return true;
  }

  static bool is_open_to_others(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  }

  Asked ask(http::Request request) {
    request.timeout = std::min(request.timeout, kPatience);
    transport_->start(http::RequestId{++last_request_}, std::move(request));
    const auto deadline = world_.clock.steady() + 2 * kPatience;
    while (world_.clock.steady() < deadline) {
      auto completions = transport_->wait(deadline);
      if (!completions.empty()) return {std::move(completions.front().outcome), completions.front().duration};
      if (signals_.take() != 0) break;
    }
    return {http::TransportFailure{"TIMEOUT", "interrupted, or no answer", false}};
  }

  /// False when nothing answers.
  bool look_at_connection() {
    const auto& base = wanted_.source.base_url;
    const auto asked = ask({.url = base + "/health", .path = "/health"});
    if (const auto* const lost = std::get_if<http::TransportFailure>(&asked.outcome)) {
      findings_.push_back(failure("connection", ErrorKind::unreachable,
                                  fmt::format("{}: {} ({})", base, lost->message, lost->code), remedy_for(lost->code)));
      return false;
    }
    const auto status = std::get<http::Response>(asked.outcome).status;
    const auto secured = base.starts_with("https:") ? "name resolved, certificate verified" : "on this machine";
    const auto text = fmt::format("{}: {}, answered in {}", base, secured, describe_duration(asked.duration));
    if (status >= 500) {
      findings_.push_back(failure("connection", ErrorKind::unreachable,
                                  fmt::format("{}, with status {}: the API is not well", text, status),
                                  "try again later"));
    } else if (asked.duration > kSlow) {
      findings_.push_back(warning("connection", text, "slow: look at the network, a proxy or the API's status page"));
    } else {
      findings_.push_back(well("connection", text));
    }
    look_at_clock(date_of(asked.outcome));
    return true;
  }

  static std::string remedy_for(std::string_view code) {
    if (code == "DNS_FAILED") return "the name does not resolve: check base_url, the network and /etc/resolv.conf";
    if (code == "TLS_FAILED")
      return "check the clock, install ca-certificates, and look for a proxy that intercepts TLS";
    if (code == "REFUSED_URL") return "use https, or http to this machine only";
    return "check base_url, the network, a firewall or a proxy; then try again";
  }

  void look_at_clock(std::string_view date) {
    const auto theirs = api::parse_http_date(date);
    if (!theirs) return findings_.push_back(well("clock", "the API does not tell its time to compare with"));
    const auto off = std::chrono::duration_cast<Seconds>(world_.clock.wall() - *theirs);
    const auto distance = std::chrono::abs(off);
    if (distance <= kWrongClock) return findings_.push_back(well("clock", "agrees with the API's"));
    findings_.push_back(warning("clock",
                                fmt::format("{} {} of the API's: ages and the budget's month go by it",
                                            describe_duration(distance), off > Seconds{0} ? "ahead" : "behind"),
                                "let NTP set it: timedatectl set-ntp true"));
  }

  void look_at_account() {
    auto connected = connect(wanted_.source, *key_);
    if (!connected) return findings_.push_back(failure("api", connected.error()));
    provider_ = std::move(*connected);
    const auto usage = decoded(ReadUsage{month_of(world_.clock.wall())});
    if (!look_at_acceptance(usage)) return;
    look_at_entitlement();
    if (usage.payload) look_at_balance(std::get<Usage>(*usage.payload));
  }

  Answer decoded(const Call& call) {
    const auto asked = ask(provider_->to_request(call));
    return provider_->decode(call, asked.outcome, world_.clock.wall());
  }

  /// False when there is no use in asking on.
  bool look_at_acceptance(const Answer& usage) {
    if (usage.payload) {
      const auto limit = usage.rate_limit.limit;
      findings_.push_back(well("key accepted", limit ? fmt::format("yes, with {} requests a minute", *limit) : "yes"));
      return true;
    }
    const auto& problem = usage.payload.error();
    const auto told = fmt::format("{}: {} (request {})", problem.code, problem.message, usage.request_id);
    switch (problem.kind) {
      case FailureKind::unauthorized:
        findings_.push_back(failure("key accepted", ErrorKind::unauthorized, told,
                                    "the key is wrong, revoked or of another API: make a new one, or check base_url"));
        return false;
      case FailureKind::rate_limited:
        findings_.push_back(
            warning("key accepted", "the rate limit is used up at the moment", "try again in a minute"));
        return false;
      case FailureKind::forbidden:
        findings_.push_back(warning("key accepted", "yes, but it may not read the account's usage: " + told,
                                    "runs go by our own budgets alone; give the key that scope"));
        return true;
      default:
        findings_.push_back(failure("key accepted", ErrorKind::unreachable, told, "try again later"));
        return false;
    }
  }

  void look_at_entitlement() {
    const std::vector<std::pair<StageName, Call>> free_reads{
        {StageName::enrich, ReadEnrichments{{kNobody}, false}},
        {StageName::content_match, ReadContentMatches{{}, Seconds{0}, {kNobody}}},
        {StageName::audience_match, ReadAudienceMatches{{}, Seconds{0}, {kNobody}}},
        {StageName::thought_leaders, ReadThoughtLeaders{{kNobody}}},
    };
    std::vector<std::string_view> admitted;
    for (const auto& [stage, call] : free_reads) {
      const auto answer = decoded(call);
      const auto kind = answer.payload ? std::nullopt : std::optional(answer.payload.error().kind);
      // Nobody has that id: what is not found was let in.
      if (!kind || *kind == FailureKind::rejected || *kind == FailureKind::unreadable) {
        admitted.push_back(to_string(stage));
      } else {
        findings_.push_back(refused(stage, answer));
      }
    }
    if (admitted.empty()) return;
    findings_.push_back(well("entitlement", fmt::format("let in to {}; a search cannot be tried free of charge",
                                                        fmt::join(admitted, ", "))));
  }

  [[nodiscard]] Finding refused(StageName stage, const Answer& answer) const {
    const auto& problem = answer.payload.error();
    const auto text =
        fmt::format("{}: {}: {} (request {})", to_string(stage), problem.code, problem.message, answer.request_id);
    const bool is_forbidden = problem.kind == FailureKind::forbidden || problem.kind == FailureKind::unauthorized;
    if (!is_forbidden) return warning("entitlement", text, "try again in a minute");
    const std::string remedy = "ask for a plan or a key with that scope, or remove the stage from the pipeline";
    if (!wanted_.stages.contains(stage)) return warning("entitlement", text, remedy + ", if you need it");
    return failure("entitlement", ErrorKind::unauthorized, text, remedy);
  }

  void look_at_balance(const Usage& usage) {
    const auto spent = fmt::format("{} charged this month", count(usage.total_credits_charged, "credit"));
    if (!usage.balance) {
      return findings_.push_back(well("balance", "the API tells none; " + (usage.charges_are_told ? spent : "")));
    }
    const auto text = fmt::format("{}, {}", count(*usage.balance, "credit"), spent);
    const auto keep = wanted_.keep_credits.value_or(0);
    if (*usage.balance <= 0) {
      findings_.push_back(failure("balance", ErrorKind::no_credits, text, "top up the account"));
    } else if (*usage.balance <= keep) {
      findings_.push_back(failure("balance", ErrorKind::no_credits,
                                  fmt::format("{}, of which keep_credits leaves nothing to spend ({})", text, keep),
                                  "top up the account, or lower keep_credits"));
    } else {
      findings_.push_back(well("balance", text));
    }
  }

  const World& world_;
  const DoctorSource& wanted_;
  std::unique_ptr<http::Transport> transport_;
  const Signals& signals_;
  std::optional<Secret> key_;
  std::optional<Credentials> credentials_;
  std::unique_ptr<api::Provider> provider_;
  std::uint64_t last_request_ = 0;
  Findings findings_;
};

}  // namespace

Findings look_at_source(const World& world, const DoctorSource& source, const Signals& signals) {
  return SourceDoctor(world, source, signals).look();
}

}  // namespace toksync::cli
