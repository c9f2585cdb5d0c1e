#include "api/toksta/toksta.hpp"

#include <utility>

#include "api/json.hpp"
#include "api/toksta/decode.hpp"
#include "api/toksta/failures.hpp"
#include "api/toksta/headers.hpp"
#include "api/toksta/prices.hpp"
#include "api/toksta/requests.hpp"

namespace toksync::api::toksta {
namespace {

constexpr std::size_t kLongestId = 200;

std::string id_of(const Asker& asker, std::string_view header, const OptionalText& from_meta) {
  return presentable(header.empty() && from_meta ? std::string_view(*from_meta) : header, asker, kLongestId);
}

tl::expected<Payload, Failure> payload_of_success(const Call& call, const Asker& asker, const http::Response& response,
                                                  const Expected<JsonDocument>& document) {
  if (!document) return tl::unexpected(unreadable_answer(asker, document.error().cause, response.body));
  const auto root = document->root();
  if (const auto error = api_error_of(root)) return tl::unexpected(contradictory_answer(asker, *error));
  auto payload = decode_content(call, {root["data"], root["meta"]});
  if (!payload) return tl::unexpected(unreadable_answer(asker, payload.error(), response.body));
  return std::move(*payload);
}

tl::expected<Payload, Failure> payload_of(const Call& call, const Asker& asker, const http::Response& response,
                                          const Expected<JsonDocument>& document) {
  if (response.status >= 200 && response.status < 300) return payload_of_success(call, asker, response, document);
  const auto error = document ? api_error_of(document->root()) : std::nullopt;
  return tl::unexpected(status_failure(asker, response, error));
}

Answer answer_of(const Call& call, const Asker& asker, const http::Response& response, WallTime received_at,
                 JsonMemory& memory) {
  const auto document = JsonDocument::parse(response.body, &memory);
  const auto meta = document ? document->root()["meta"] : JsonValue{};
  return {.http_status = response.status,
          .request_id = id_of(asker, response.header("x-request-id"), meta["request_id"].text()),
          .trace_id = id_of(asker, response.header("x-trace-id"), meta["trace_id"].text()),
          .credit_cost = credit_cost_of(response),
          .rate_limit = rate_limit_of(response, received_at),
          .retry_after = retry_after_of(response, received_at),
          .payload = payload_of(call, asker, response, document)};
}

class TokstaProvider final : public Provider {
 public:
  explicit TokstaProvider(ProviderOptions options) : options_(std::move(options)) {
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
  }

  [[nodiscard]] std::string_view name() const override { return "toksta"; }

  [[nodiscard]] http::Request to_request(const Call& call) const override {
    auto message = message_for(call);
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

  [[nodiscard]] Answer decode(const Call& call, const Outcome& outcome, WallTime received_at) const override {
    const Asker asker{is_to_happen_once(call), options_.api_key};
    if (const auto* const failure = std::get_if<http::TransportFailure>(&outcome)) {
      Answer answer;
      answer.payload = tl::unexpected(transport_failure(asker, *failure));
      return answer;
    }
    return answer_of(call, asker, std::get<http::Response>(outcome), received_at, memory_);
  }

  [[nodiscard]] tl::expected<StoredRecord, std::string> decode_record(RecordKind kind,
                                                                      std::string_view raw_json) const override {
    return toksta::decode_record(kind, raw_json);
  }

  [[nodiscard]] PriceTable prices() const override { return published_prices(); }

  [[nodiscard]] std::optional<StageName> family_of_operation(std::string_view operation) const override {
    return toksta::family_of_operation(operation);
  }

 private:
  ProviderOptions options_;
  mutable JsonMemory memory_;
};

}  // namespace

std::unique_ptr<Provider> make_toksta_provider(ProviderOptions options) {
  return std::make_unique<TokstaProvider>(std::move(options));
}

}  // namespace toksync::api::toksta
