#include "api/toktra/toktra.hpp"

#include <utility>

#include <fmt/format.h>

#include "api/failures.hpp"
#include "api/headers.hpp"
#include "api/json.hpp"
#include "api/mirror_record.hpp"
#include "api/percent.hpp"
#include "api/toktra/errors.hpp"
#include "api/toktra/redaction.hpp"
#include "api/toktra/resources.hpp"
#include "api/toktra/sign_in.hpp"

namespace toksync::api::toktra {
namespace {

constexpr int kMostPerMinute = 600;               // contract, section 3: the limit is 1000, 10 a second are plenty
constexpr std::string_view kMostPerPage = "100";  // the maximum of `limit`
constexpr std::size_t kLongestId = 200;

std::string pinned(std::string base_url) {
  while (base_url.ends_with('/')) base_url.pop_back();
  return base_url.ends_with("/v1") ? base_url : base_url + "/v1";
}

std::string query_of(const MirrorCall& call) {
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  if (call.resource->slicing == Slicing::days) {
    fields = {{"period", "daily"}, {"start_date", call.slice}, {"end_date", call.slice}};
  }
  fields.emplace_back("limit", kMostPerPage);
  if (!call.page.empty()) fields.emplace_back("cursor", call.page);
  return form_encoded(fields);
}

/// Sets where the page goes on, or why it cannot. Either `next_cursor` or `has_more` ends the list (contract, section
/// 6.10).
void set_next(MirrorPage& page, const MirrorCall& call, const JsonValue& root) {
  const auto cursor = root["next_cursor"].text().value_or("");
  const auto has_more = root["has_more"].boolean();
  if (has_more == false) return;
  if (cursor.empty()) {
    if (has_more == true) page.broken = "the API says that more follows, but not where";
    return;
  }
  if (cursor == call.page) {
    page.broken = "the API says that a page is followed by itself";
    return;
  }
  page.next_page = cursor;
}

class ToktraProvider final : public MirrorProvider {
 public:
  explicit ToktraProvider(MirrorOptions options)
      : base_url_(pinned(std::move(options.base_url))),
        api_key_(options.api_key),
        timeout_(options.timeout),
        redaction_{options.redact.contains("email"), options.redact.contains("name"), options.redact_key} {
    if (!options.client_id.empty()) client_.emplace(options, base_url_);
  }

  [[nodiscard]] std::string_view name() const override { return "toktra"; }
  [[nodiscard]] std::span<const MirrorResource> resources() const override { return toktra::resources(); }
  [[nodiscard]] RateLimitKind rate_limit() const override { return RateLimitKind::window; }
  [[nodiscard]] std::optional<int> ceiling() const override { return kMostPerMinute; }

  [[nodiscard]] http::Request to_request(const MirrorCall& call) const override {
    const auto path = "/" + std::string(call.resource->name);
    http::Request request;
    request.url = base_url_ + path + "?" + query_of(call);
    request.path = "/v1" + path;
    request.headers = {{"Accept", "application/json"}};
    request.bearer = bearer();
    request.timeout = timeout_;
    return request;
  }

  [[nodiscard]] Answer decode(const MirrorCall& call, const Outcome& outcome, WallTime received_at) const override {
    const Asker asker{false, bearer()};
    Answer answer;
    if (const auto* const failure = std::get_if<http::TransportFailure>(&outcome)) {
      answer.payload = tl::unexpected(transport_failure(asker, *failure));
      return answer;
    }
    const auto& response = std::get<http::Response>(outcome);
    answer.http_status = response.status;
    answer.request_id = presentable(response.header("x-request-id"), asker, kLongestId);
    answer.rate_limit = rate_limit_of(response, received_at);
    answer.retry_after = retry_after_of(response, received_at);
    answer.payload = payload_of(call, asker, response, received_at);
    if (answer.payload && client_) client_->accepted();
    if (!answer.payload && redaction_.emails) {
      auto& failure = answer.payload.error();
      failure.code = without_addresses(redaction_.key, failure.code);
      failure.message = without_addresses(redaction_.key, failure.message);
    }
    return answer;
  }

  [[nodiscard]] tl::expected<MirrorRow, std::string> read_record(const MirrorResource& resource,
                                                                 std::string_view raw_json) const override {
    const auto document = JsonDocument::parse(raw_json);
    if (!document) return tl::unexpected(document.error().cause);
    // The label of a daily bucket is its day (contract, section 5.1).
    const auto day = document->root()["period"].text().value_or("");
    return read_row(resource, raw_json, {.slice = day, .day = {}});
  }

  [[nodiscard]] std::optional<http::Request> sign_in(SteadyTime now) const override {
    return client_ ? client_->request(now) : std::nullopt;
  }
  [[nodiscard]] tl::expected<void, Failure> signed_in(const Outcome& outcome, SteadyTime now) override {
    return client_ ? client_->answered(outcome, now) : tl::expected<void, Failure>{};
  }
  [[nodiscard]] bool sign_in_again() override { return client_ && client_->refused(); }

 private:
  [[nodiscard]] const Secret& bearer() const { return client_ ? client_->token() : api_key_; }

  [[nodiscard]] tl::expected<Payload, Failure> payload_of(const MirrorCall& call, const Asker& asker,
                                                          const http::Response& response, WallTime received_at) const {
    const auto document = JsonDocument::parse(response.body, &memory_);
    const auto root = document ? document->root() : JsonValue{};
    if (response.status < 200 || response.status >= 300) {
      return tl::unexpected(status_failure(asker, response, error_of(root)));
    }
    // What came in place of a list may be about people.
    const bool is_shown = !redaction_.emails && !redaction_.names;
    const std::string_view shown = is_shown ? std::string_view(response.body) : "(not shown, as fields are redacted)";
    if (!document) return tl::unexpected(unreadable_answer(asker, document.error().cause, shown));
    if (!root["items"].is_array()) {
      return tl::unexpected(unreadable_answer(asker, "the answer has no list of items", shown));
    }
    return page_of(call, root, day_of(received_at));
  }

  [[nodiscard]] MirrorPage page_of(const MirrorCall& call, const JsonValue& root, const std::string& day) const {
    MirrorPage page;
    set_next(page, call, root);
    for (const auto& item : root["items"].items()) {
      auto row = read_row(*call.resource, redacted(redaction_, call.resource->name, item), {call.slice, day});
      if (row) page.rows.push_back(std::move(*row));
      if (!row && page.unreadable.empty()) page.unreadable = row.error();
    }
    return page;
  }

  std::string base_url_;
  Secret api_key_;
  Milliseconds timeout_;
  Redaction redaction_;
  mutable std::optional<SignIn> client_;  ///< in place of a key; decoding tells it whether its token was taken
  mutable JsonMemory memory_;
};

}  // namespace

Expected<std::unique_ptr<MirrorProvider>> make_toktra_provider(MirrorOptions options) {
  if (!options.redact.empty() && options.redact_key.empty()) {
    return unexpected(ErrorKind::usage, "hash personal fields", "there is no key for it",
                      "set the variable that redact_key_env names to a long random text, and keep it");
  }
  return std::make_unique<ToktraProvider>(std::move(options));
}

}  // namespace toksync::api::toktra
