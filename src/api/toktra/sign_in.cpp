#include "api/toktra/sign_in.hpp"

#include <algorithm>

#include "api/failures.hpp"
#include "api/json.hpp"
#include "api/percent.hpp"
#include "api/toktra/errors.hpp"

namespace toksync::api::toktra {
namespace {

constexpr Seconds kUsualLife{3600};  // `expires_in` of the contract, should an answer leave it out
constexpr Seconds kLongestLife = std::chrono::days{30};
constexpr Seconds kEarly{120};     // renewed that long before its end
constexpr Seconds kLeastLife{10};  // so that a token that ends at once is not asked for without pause

/// How long a token is used that ends after `expires_in`.
Seconds used_for(OptionalCount expires_in) {
  const auto life = std::clamp(Seconds{expires_in.value_or(kUsualLife.count())}, Seconds{0}, kLongestLife);
  return std::max({life - kEarly, life / 2, kLeastLife});
}

Failure refusal(const Asker& asker, const http::Response& response) {
  const auto document = JsonDocument::parse(response.body);
  auto failure = status_failure(asker, response, document ? error_of(document->root()) : std::nullopt);
  // RFC 6749 refuses an unknown client with 400 or 401.
  if (response.status == 400 || response.status == 401) failure.kind = FailureKind::unauthorized;
  return failure;
}

/// A token is a header's value: anything else would be a header of its own, or none.
bool is_token(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

SignIn::SignIn(const MirrorOptions& options, std::string base_url)
    : base_url_(std::move(base_url)),
      client_id_(options.client_id),
      client_secret_(options.client_secret),
      timeout_(options.timeout) {}

std::optional<http::Request> SignIn::request(SteadyTime now) const {
  if (!token_.empty() && now < ends_at_) return std::nullopt;
  http::Request request;
  request.method = http::Method::post;
  request.url = base_url_ + "/oauth/token";
  request.path = "/v1/oauth/token";
  request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form_encoded({{"grant_type", "client_credentials"},
                               {"client_id", client_id_.reveal()},
                               {"client_secret", client_secret_.reveal()}});
  request.secret_in_body = client_secret_;
  request.timeout = timeout_;
  return request;
}

tl::expected<void, Failure> SignIn::answered(const Outcome& outcome, SteadyTime now) {
  const Asker asker{false, client_secret_};
  if (const auto* const failure = std::get_if<http::TransportFailure>(&outcome)) {
    return tl::unexpected(transport_failure(asker, *failure));
  }
  const auto& response = std::get<http::Response>(outcome);
  if (response.status < 200 || response.status >= 300) return tl::unexpected(refusal(asker, response));
  const auto document = JsonDocument::parse(response.body);
  const auto root = document ? document->root() : JsonValue{};
  auto token = root["access_token"].is_text() ? root["access_token"].text().value_or("") : std::string{};
  // The answer is not quoted: what is wrong with it may be next to a token.
  if (!is_token(token)) {
    return tl::unexpected(Failure{FailureKind::unreadable, "UNREADABLE_ANSWER", "the answer holds no access_token"});
  }
  token_ = Secret(std::move(token));
  ends_at_ = now + used_for(root["expires_in"].count());
  return {};
}

bool SignIn::refused() {
  token_ = {};
  return !std::exchange(was_refused_, true);
}

}  // namespace toksync::api::toktra
