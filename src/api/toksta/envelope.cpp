#include "api/toksta/envelope.hpp"

#include <utility>

#include "api/failures.hpp"
#include "api/headers.hpp"

namespace toksync::api::toksta {
namespace {

constexpr std::size_t kLongestId = 200;

std::string id_of(const Asker& asker, std::string_view header, const OptionalText& from_meta) {
  return presentable(header.empty() && from_meta ? std::string_view(*from_meta) : header, asker, kLongestId);
}

}  // namespace

EnvelopeProvider::EnvelopeProvider(ProviderOptions options) : options_(std::move(options)) {
  while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
}

http::Request EnvelopeProvider::to_request(const Call& call) const {
  auto message = message_of(call);
  http::Request request;
  request.method = message.method;
  request.url = options_.base_url + message.path + message.query;
  request.path = std::move(message.path);
  request.headers = {{"Accept", "application/json"}};
  if (request.method == http::Method::post) request.headers.emplace_back("Content-Type", "application/json");
  request.bearer = options_.api_key;
  request.body = std::move(message.body);
  request.timeout = options_.timeout + wait_of(call);
  request.exactly_once = is_to_happen_once(call);
  return request;
}

Answer EnvelopeProvider::decode(const Call& call, const Outcome& outcome, WallTime received_at) const {
  if (const auto* const failure = std::get_if<http::TransportFailure>(&outcome)) {
    Answer answer;
    answer.payload = tl::unexpected(transport_failure({is_to_happen_once(call), options_.api_key}, *failure));
    return answer;
  }
  const auto& response = std::get<http::Response>(outcome);
  const Asker asker{is_to_happen_once(call), options_.api_key};
  const auto document = JsonDocument::parse(response.body, &memory_);
  const auto meta = document ? document->root()["meta"] : JsonValue{};
  return {.http_status = response.status,
          .request_id = id_of(asker, response.header("x-request-id"), meta["request_id"].text()),
          .trace_id = id_of(asker, response.header("x-trace-id"), meta["trace_id"].text()),
          .credit_cost = credit_cost_of(response),
          .rate_limit = rate_limit_of(response, received_at),
          .retry_after = retry_after_of(response, received_at),
          .payload = payload_of(call, response, document)};
}

tl::expected<Payload, Failure> EnvelopeProvider::payload_of(const Call& call, const http::Response& response,
                                                            const Expected<JsonDocument>& document) const {
  if (response.status >= 200 && response.status < 300) return payload_of_success(call, response, document);
  const auto error = document ? api_error_of(document->root()) : std::nullopt;
  // Without the API's code it is a gateway that answers, and knows nothing.
  if (response.status == 404 && error && error->code == "NOT_FOUND") {
    if (auto payload = nothing_found(call)) return std::move(*payload);
  }
  return tl::unexpected(status_failure({is_to_happen_once(call), options_.api_key}, response, error));
}

tl::expected<Payload, Failure> EnvelopeProvider::payload_of_success(const Call& call, const http::Response& response,
                                                                    const Expected<JsonDocument>& document) const {
  const Asker asker{is_to_happen_once(call), options_.api_key};
  if (!document) return tl::unexpected(unreadable_answer(asker, document.error().cause, response.body));
  const auto root = document->root();
  if (const auto error = api_error_of(root)) return tl::unexpected(contradictory_answer(asker, *error));
  auto payload = payload_of_content(call, {root["data"], root["meta"]});
  if (!payload) return tl::unexpected(unreadable_answer(asker, payload.error(), response.body));
  return std::move(*payload);
}

}  // namespace toksync::api::toksta
