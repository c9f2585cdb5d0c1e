#include "cli/account.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "engine/retry.hpp"

namespace toksync::cli {
namespace {

constexpr int kAttempts = 2;

ErrorKind kind_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::unauthorized:
    case FailureKind::forbidden: return ErrorKind::unauthorized;
    case FailureKind::no_credits: return ErrorKind::no_credits;
    default: return ErrorKind::unreachable;
  }
}

std::string hint_for(FailureKind kind, const std::string& base_url) {
  switch (kind) {
    case FailureKind::unauthorized: return "check the key, and that it is one of " + base_url;
    case FailureKind::forbidden:
      return "the key may not read the account's usage; what it may do is set where it is made";
    default: return "what the database knows is shown all the same";
  }
}

bool may_ask_again(FailureKind kind) {
  return kind == FailureKind::rate_limited || kind == FailureKind::unavailable || kind == FailureKind::not_sent;
}

class UsageReader {
 public:
  UsageReader(World& world, const api::Provider& provider, http::Transport& transport, const Signals& signals)
      : world_(world), provider_(provider), transport_(transport), signals_(signals) {}

  Expected<Usage> read(const std::string& month, const std::string& base_url) {
    const Call call = ReadUsage{month};
    for (int attempt = 1;; ++attempt) {
      const auto answer = ask(call, attempt);
      if (!answer) return interrupted();
      if (answer->payload) return std::get<Usage>(*answer->payload);
      const auto& failure = answer->payload.error();
      if (attempt == kAttempts || !may_ask_again(failure.kind)) {
        return unexpected(kind_of(failure.kind), "read the account's usage",
                          fmt::format("{}: {}", failure.code, failure.message), hint_for(failure.kind, base_url));
      }
      const auto delay = engine::retry_delay(attempt, answer->retry_after, world_.random);
      if (!pass(world_.clock.steady() + delay)) return interrupted();
    }
  }

 private:
  static tl::unexpected<Error> interrupted() {
    return unexpected(ErrorKind::interrupted, "read the account's usage", "interrupted");
  }

  /// Nothing when a signal came first.
  std::optional<Answer> ask(const Call& call, int attempt) {
    auto request = provider_.to_request(call);
    const auto path = request.path;
    transport_.start(http::RequestId{static_cast<std::uint64_t>(attempt)}, std::move(request));
    while (signals_.take() == 0) {
      for (const auto& completion : transport_.wait(world_.clock.steady() + Seconds{60})) {
        auto answer = provider_.decode(call, completion.outcome, world_.clock.wall());
        world_.env.logger->debug("GET {} {} request_id={}", path, answer.http_status, answer.request_id);
        return answer;
      }
    }
    return std::nullopt;
  }

  /// Lets time pass; false when a signal came first.
  bool pass(SteadyTime until) {
    while (world_.clock.steady() < until && signals_.take() == 0) std::ignore = transport_.wait(until);
    return signals_.take() == 0;
  }

  World& world_;
  const api::Provider& provider_;
  http::Transport& transport_;
  const Signals& signals_;
};

}  // namespace

Expected<Usage> read_usage(World& world, const pipeline::Source& source, Secret key, const std::string& month,
                           const Signals& signals) {
  const auto provider = connect(source, std::move(key));
  if (!provider) return tl::unexpected(provider.error());
  const auto transport = make_transport(world, signals);
  return UsageReader(world, **provider, *transport, signals).read(month, source.base_url);
}

}  // namespace toksync::cli
