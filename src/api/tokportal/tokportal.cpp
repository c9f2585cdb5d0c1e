#include "api/tokportal/tokportal.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "api/failures.hpp"
#include "api/headers.hpp"
#include "api/json.hpp"
#include "api/mirror_record.hpp"
#include "api/percent.hpp"
#include "api/tokportal/resources.hpp"
#include "base/time.hpp"

namespace toksync::api::tokportal {
namespace {

constexpr int kRowsOfPage = 100;  // the most that the API takes (section 5)
// How far back a ledger entry may appear late (section 8, rank 7).
constexpr std::chrono::days kLate{2};
// The trailing days of a series that are read again (section 8, rank 4).
constexpr std::chrono::days kSeriesWindow{14};
constexpr std::size_t kLongestId = 200;

/// Members that are secret wherever they stand (section 6.2); by their exact names, because `code` is also that of a
/// country.
constexpr std::array<std::string_view, 8> kSecrets{"password",      "social_credentials", "credentials",
                                                   "tokmail_email", "verification_code",  "signing_secret",
                                                   "token",         "upload_url"};

/// The only paths there are.
std::string path_of(const MirrorCall& call) {
  const auto name = call.resource->name;
  if (name == "accounts") return "/accounts";
  if (name == "bundles") return "/bundles";
  if (name == "credit_history") return "/credits/history";
  if (name == "balance") return "/credits/balance";
  if (name == "bans") return "/account-bans";
  if (name == "series") return "/analytics/series";
  if (name == "bundle_videos") return fmt::format("/bundles/{}/videos", path_part(call.slice));
  if (name == "account_metrics") return fmt::format("/accounts/{}/analytics", path_part(call.slice));
  if (name == "videos") return fmt::format("/accounts/{}/analytics/videos", path_part(call.slice));
  throw std::logic_error("TokPortal has no list of that name");
}

/// The day before that many days.
std::string day_before(std::string_view time, std::chrono::days days) {
  const auto moment = from_iso8601(time);
  return moment ? day_of(*moment - days) : std::string{};
}

/// What is asked for besides; a field without a value is left out.
std::string query_of(const MirrorCall& call) {
  const auto name = call.resource->name;
  const bool has_pages = call.resource->paging == Paging::pages;
  const bool is_series = name == "series";
  const auto rows = std::to_string(kRowsOfPage);
  const auto late = name == "credit_history" ? day_before(call.since, kLate) : std::string{};
  const auto from = is_series ? day_before(call.since, kSeriesWindow) : std::string{};
  const auto query = form_encoded({{"page", !has_pages          ? ""
                                            : call.page.empty() ? "1"
                                                                : std::string_view(call.page)},
                                   {"per_page", has_pages ? rows : ""},
                                   {"since", name == "bans" ? std::string_view(call.since) : ""},
                                   {"date_from", late},
                                   {"metric", is_series ? std::string_view(call.slice) : ""},
                                   {"granularity", is_series ? "day" : ""},
                                   {"from", from}});
  return query.empty() ? query : "?" + query;
}

std::string cleaned(const JsonValue& record) {
  return rewritten_json(record, [](std::string_view name, const JsonValue&) -> MemberFate {
    if (std::ranges::find(kSecrets, name) != kSecrets.end()) return DropMember{};
    return KeepMember{};
  });
}

/// What is kept day by day is one record, whatever lists it may hold.
bool is_one_record(const MirrorResource& resource) {
  return std::ranges::find(resource.columns, kDayField, &MirrorColumn::field) != resource.columns.end();
}

/// The records of an answer: one, or a list, with or without `data` around it (section 2). Nothing when it holds no
/// list where one has to be: no reason to take all that is known for gone.
std::optional<std::vector<JsonValue>> records_of(const MirrorCall& call, const JsonValue& root) {
  const auto data = root["data"].is_absent() ? root : root["data"];
  if (is_one_record(*call.resource)) return data.is_object() ? std::vector{data} : std::vector<JsonValue>{};
  if (data.is_array()) return data.items();
  // UNVERIFIED: how a series holds its points.
  for (const auto* const name : {"points", "series", "items", "videos"}) {
    if (data[name].is_array()) return data[name].items();
  }
  return std::nullopt;
}

/// Goes by the words of the API (section 5): the last page, an empty one, and one without pagination end a list.
void turn_page(const MirrorCall& call, const JsonValue& pagination, bool is_empty, MirrorPage& page) {
  const auto total = pagination["total"].count();
  const auto pages = pagination["total_pages"].count();
  const auto current = call.page.empty() ? std::int64_t{1} : std::stoll(call.page);
  if (is_empty || !pages || current >= *pages) {
    page.total = total;
    return;
  }
  page.next_page = std::to_string(current + 1);
}

MirrorPage read_page(const MirrorCall& call, const JsonValue& root, std::string_view day) {
  MirrorPage page;
  const auto records = records_of(call, root);
  if (!records) {
    page.broken = "the answer holds no list";
    return page;
  }
  for (const auto& record : *records) {
    auto row = read_row(*call.resource, cleaned(record), {call.slice, day});
    if (row) page.rows.push_back(std::move(*row));
    if (!row && page.unreadable.empty()) page.unreadable = row.error();
  }
  if (call.resource->paging == Paging::pages) turn_page(call, root["pagination"], records->empty(), page);
  return page;
}

/// What is not there and no error (section 4): nothing scraped yet, a parent that is gone or of somebody else. By its
/// code, in whatever case (section 7, number 23); a 404 without one may come from something in between.
bool is_absence(const MirrorCall& call, int status, const std::optional<ApiError>& error) {
  if (call.resource->slicing != Slicing::parents || !error) return false;
  auto code = error->code;
  std::ranges::transform(code, code.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  // UNVERIFIED: the status of the first (section 10, number 1).
  if (code == "ANALYTICS_NOT_FOUND" || status == 404) return true;
  return status == 403 && code.ends_with("_NOT_OWNED");
}

class TokPortalProvider final : public MirrorProvider {
 public:
  explicit TokPortalProvider(MirrorOptions options) : options_(std::move(options)) {
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
  }

  [[nodiscard]] std::string_view name() const override { return "tokportal"; }
  [[nodiscard]] std::span<const MirrorResource> resources() const override { return tokportal::resources(); }
  [[nodiscard]] RateLimitKind rate_limit() const override { return RateLimitKind::bucket; }

  [[nodiscard]] http::Request to_request(const MirrorCall& call) const override {
    http::Request request;
    request.path = path_of(call);
    request.url = options_.base_url + request.path + query_of(call);
    request.headers = {{"Accept", "application/json"}};
    request.api_key = options_.api_key;
    request.timeout = options_.timeout;
    return request;
  }

  [[nodiscard]] Answer decode(const MirrorCall& call, const Outcome& outcome, WallTime received_at) const override {
    const Asker asker{false, options_.api_key};
    Answer answer;
    if (const auto* const failure = std::get_if<http::TransportFailure>(&outcome)) {
      answer.payload = tl::unexpected(transport_failure(asker, *failure));
      return answer;
    }
    const auto& response = std::get<http::Response>(outcome);
    const auto document = JsonDocument::parse(response.body);
    answer.http_status = response.status;
    answer.request_id = presentable(request_id_of(response), asker, kLongestId);
    answer.rate_limit = rate_limit_of(response, received_at);
    answer.retry_after = retry_after(response, document, received_at);
    answer.payload = payload_of(call, asker, response, document, received_at);
    return answer;
  }

  [[nodiscard]] tl::expected<MirrorRow, std::string> read_record(const MirrorResource& resource,
                                                                 std::string_view raw_json) const override {
    return read_row(resource, raw_json, {});
  }

 private:
  static std::string_view request_id_of(const http::Response& response) {
    for (const auto* const name : {"x-tokportal-request-id", "x-request-id", "request-id", "x-vercel-id"}) {
      if (const auto id = response.header(name); !id.empty()) return id;
    }
    return {};
  }

  /// The greater of what header and body say (section 7, number 5).
  static std::optional<Seconds> retry_after(const http::Response& response, const Expected<JsonDocument>& document,
                                            WallTime received_at) {
    const auto delay = retry_after_of(response, received_at);
    const auto told = document ? document->root()["error"]["details"]["retry_after_seconds"].number() : std::nullopt;
    if (!told || *told < 0 || *told > 3600) return delay;
    return std::max(delay.value_or(Seconds{0}), Seconds{static_cast<std::int64_t>(std::ceil(*told))});
  }

  static tl::expected<Payload, Failure> payload_of(const MirrorCall& call, const Asker& asker,
                                                   const http::Response& response,
                                                   const Expected<JsonDocument>& document, WallTime received_at) {
    const auto error = document ? api_error_of(document->root()) : std::nullopt;
    if (response.status < 200 || response.status >= 300) {
      if (is_absence(call, response.status, error)) return MirrorPage{};
      return tl::unexpected(status_failure(asker, response, error));
    }
    if (!document) return tl::unexpected(unreadable_answer(asker, document.error().cause, response.body));
    if (error) return tl::unexpected(contradictory_answer(asker, *error));
    return read_page(call, document->root(), day_of(received_at));
  }

  MirrorOptions options_;
};

}  // namespace

std::unique_ptr<MirrorProvider> make_tokportal_provider(MirrorOptions options) {
  return std::make_unique<TokPortalProvider>(std::move(options));
}

}  // namespace toksync::api::tokportal
