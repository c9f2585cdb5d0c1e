// What every API that toksync speaks to has to keep to, whatever its words: one set of checks, run over each provider
// with a small subject. The checks here are about exchanges (a request, and what its outcome means), so that any client
// of `http::Transport` can be held to them; `provider_conformance.hpp` adds what a `Provider` promises beyond.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/provider.hpp"

namespace toksync::api::conformance {

/// What a client made of an outcome: a failure, or (none) an answer, in a few words that tell one from another.
struct Understanding {
  std::optional<Failure> failure;
  std::string answer;                    ///< ids, states and numbers of what was understood; no raw text
  std::optional<Seconds> retry_after{};  ///< what the API asks for, with any answer
};

/// One kind of request, and an answer to it as the API gives it.
struct Exchange {
  std::string name;
  bool is_billable = false;
  std::function<http::Request()> request;
  std::function<Understanding(const Outcome&)> understand;
  std::string good_body;
  int good_status = 200;
  /// Members of the good answer whose value is one of a set, such as "status": a new value must do no harm.
  std::vector<std::string> enumerations{};
  /// "Not found" is an answer: there is nothing.
  bool may_be_missing = false;
};

/// A refusal as the API words it.
struct Refusal {
  int status = 0;
  std::string body;
  FailureKind kind{};
};

struct Subject {
  std::string name;
  std::string api_key;
  std::string host;  ///< where requests may go: "https://api.example.com"
  std::vector<Exchange> exchanges;
  std::vector<Refusal> refusals;  ///< those of 401, 402, 403, 404 and 429 at least, as far as the API knows them
};

/// The key goes out as the bearer or in a header of its own, to the API's host, and shows up nowhere else: not in an
/// address, a body, a header, nor in what is understood of an answer that echoes it.
void check_secrets(const Subject& subject);
/// The same question gives the same bytes; what costs credits is sent exactly once.
void check_requests(const Subject& subject);
/// Good answers are understood. Refusals, broken servers and broken networks are told apart, and only what costs
/// credits may have been charged.
void check_classification(const Subject& subject);
/// Fields and values of later versions do no harm.
void check_newcomers(const Subject& subject);
/// Whatever happens to the bytes, understanding ends in an answer or a failure.
void check_robustness(const Subject& subject);

/// All of these.
void check(const Subject& subject);

}  // namespace toksync::api::conformance
