#include "sandbox/tokportal/api.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sandbox/token_bucket.hpp"
#include "sandbox/tokportal/handlers.hpp"

namespace toksync::sandbox::tokportal {
namespace {

using nlohmann::json;

constexpr std::string_view base_path = "/api/ext";
constexpr double fill_seconds = 60.0;
constexpr std::int64_t default_per_page = 25;
constexpr std::int64_t most_per_page = 100;
constexpr std::int64_t most_pages = 1'000'000;
constexpr std::size_t longest_request_id = 128;
constexpr const char* api_version = "2026-05-25";

struct Route {
  std::string_view method;
  std::string_view path;
  Handler handler = nullptr;
};

const std::vector<Route>& routes() {
  static const std::vector<Route> all = {
      {"GET", "/me", &current_user},
      {"GET", "/accounts", &list_accounts},
      {"GET", "/accounts/{id}", &get_account},
      {"GET", "/accounts/{id}/bundles", &account_bundles},
      {"GET", "/accounts/{id}/managed-subscription", &managed_subscription},
      {"GET", "/accounts/{id}/analytics", &account_analytics},
      {"GET", "/accounts/{id}/analytics/videos", &account_videos},
      {"GET", "/account-bans", &list_bans},
      {"GET", "/bundles", &list_bundles},
      {"GET", "/bundles/{id}", &get_bundle},
      {"GET", "/bundles/{id}/videos", &bundle_videos},
      {"GET", "/credits/balance", &credit_balance},
      {"GET", "/credits/history", &credit_history},
      {"GET", "/credit-costs", &credit_costs},
      {"GET", "/countries", &list_countries},
      {"GET", "/platforms", &list_platforms},
      {"GET", "/reports/account-coverage", &coverage_report},
      {"GET", "/analytics", &analytics_dashboard},
      {"GET", "/analytics/contract", &analytics_contract},
      {"GET", "/analytics/series", &analytics_series},
      {"GET", "/analytics/export/videos", &export_videos},
      // What a client that only reads must never reach; counted like everything else.
      {"POST", "/accounts/{id}/reveal-credentials", &reveal_credentials},
      {"POST", "/accounts/{id}/verification-code", &verification_code},
      {"POST", "/accounts/{id}/analytics/refresh", &refresh_analytics},
      {"POST", "/analytics/accounts/{id}/refresh", &refresh_analytics},
  };
  return all;
}

/// The path below the base, or nothing.
std::optional<std::string_view> below_base(std::string_view path) {
  if (!path.starts_with(base_path) || !path.substr(base_path.size()).starts_with('/')) return std::nullopt;
  return path.substr(base_path.size());
}

const Route* find_route(const HttpRequest& request, std::vector<std::string>& ids) {
  const auto path = below_base(request.path);
  if (!path) return nullptr;
  for (const Route& route : routes()) {
    if (route.method != request.method) continue;
    if (auto found = match_path(route.path, *path)) {
      ids = *std::move(found);
      return &route;
    }
  }
  return nullptr;
}

bool is_safe_request_id(const std::string& id) {
  return !id.empty() && id.size() <= longest_request_id &&
         std::all_of(id.begin(), id.end(), [](char letter) { return letter > ' ' && letter < '\x7f'; });
}

/// The columns of the CSV the other way round: whoever goes by their place reads nonsense.
std::string reversed_columns(const std::string& csv) {
  std::vector<std::vector<std::string>> lines(1, std::vector<std::string>(1));
  bool quoted = false;
  for (const char letter : csv) {
    if (letter == '"') quoted = !quoted;
    if (letter == '\n' && !quoted) {
      lines.emplace_back(1);
    } else if (letter == ',' && !quoted) {
      lines.back().emplace_back();
    } else {
      lines.back().back() += letter;
    }
  }
  lines.pop_back();
  std::string text;
  for (auto& line : lines) {
    std::reverse(line.begin(), line.end());
    text += fmt::format("{}\n", fmt::join(line, ","));
  }
  return text;
}

class TokPortal final : public ReadingApi {
 public:
  explicit TokPortal(const Options& options)
      : options_(options),
        start_(first_day(options.today)),
        world_(options.seed, options.creators, start_),
        buckets_(options.rate_limit, options.scaled(fill_seconds)) {}

  std::optional<Answer> admit(Visit& visit) override;
  Answer work(const Visit& visit) override;
  Answer failure(const Failure& failure) const override { return error_answer(failure); }
  Answer limited(const Fault& fault) const override;
  void sign(const Visit& visit, Answer& answer) const override;
  std::string route_of(const HttpRequest& request) const override;
  const char* rows_name() const override { return "data"; }
  void spoil(const Fault& fault, const Visit& visit, Answer& answer) const override;

  void advance(int days) override {
    for (int day = 0; day < days; ++day) world_.advance();
  }
  bool remove(const std::string& resource, const std::string& id) override {
    if (resource == "accounts") return world_.remove_account(id);
    return resource == "bundles" && world_.remove_bundle(id);
  }
  bool forget(const std::string& /*what*/) override { return false; }
  void reset() override {
    world_ = World(options_.seed, options_.creators, start_);
    buckets_.reset();
  }
  json world() const override;

 private:
  Options options_;
  Day start_;
  World world_;
  TokenBuckets buckets_;
};

std::optional<Answer> TokPortal::admit(Visit& visit) {
  const std::string own_id = visit.request.get_header_value("X-Request-ID");
  if (is_safe_request_id(own_id)) visit.request_id = own_id;
  if (!below_base(visit.request.path)) return error_answer({404, "NOT_FOUND", "Route not found", nullptr, ""});
  visit.key = visit.request.get_header_value("X-API-Key");
  if (visit.key.empty()) {
    return error_answer({401, "AUTH_MISSING_KEY", "The X-API-Key header is required", nullptr, ""});
  }
  const auto& keys = options_.api_keys;
  if (std::find(keys.begin(), keys.end(), visit.key) == keys.end()) {
    return error_answer({401, "AUTH_INVALID_KEY", "This API key is not valid", nullptr, ""});
  }
  visit.rate = buckets_.count(visit.key, visit.now);
  if (visit.rate->allowed) return std::nullopt;
  const std::int64_t wait = whole_seconds(buckets_.next_token(visit.key));
  Answer refusal = error_answer({429,
                                 "RATE_LIMIT_EXCEEDED",
                                 "Too many requests",
                                 {{"retry_after_seconds", wait}, {"limit", visit.rate->limit}},
                                 ""});
  refusal.headers.emplace_back("Retry-After", std::to_string(wait));
  return refusal;
}

Answer TokPortal::work(const Visit& visit) {
  std::vector<std::string> ids;
  const Route* route = find_route(visit.request, ids);
  if (route == nullptr) return error_answer({404, "NOT_FOUND", "Route not found", nullptr, ""});
  Call call{world_, visit, std::move(ids)};
  Answer answer = route->handler(call);
  const bool analytics = route->path.find("/analytics") != std::string_view::npos;
  const bool has_contract = answer.body.is_object() && answer.body.contains("contract");
  if (analytics && !has_contract) answer.headers.emplace_back("X-TokPortal-Analytics-Contract", "analytics.v2");
  return answer;
}

Answer TokPortal::limited(const Fault& fault) const {
  const std::string header = fault.text("retry_after", "1");
  const std::string body = fault.text("body", header);
  json details = nullptr;
  if (body != "none")
    details = {{"retry_after_seconds", static_cast<int>(fault.number("body", fault.number("retry_after", 1.0)))}};
  Answer answer = error_answer({429, "RATE_LIMIT_EXCEEDED", "Too many requests", details, ""});
  if (header != "none") answer.headers.emplace_back("Retry-After", header);
  return answer;
}

void TokPortal::sign(const Visit& visit, Answer& answer) const {
  answer.headers.emplace_back("X-TokPortal-Request-ID", visit.request_id);
  answer.headers.emplace_back("X-TokPortal-API-Version", api_version);
  answer.headers.emplace_back("X-TokPortal-API-Stability", "stable");
  add_rate_headers(visit, answer);
}

std::string TokPortal::route_of(const HttpRequest& request) const {
  std::vector<std::string> ids;
  const Route* route = find_route(request, ids);
  const auto path = route != nullptr ? route->path : below_base(request.path).value_or(request.path);
  return fmt::format("{} {}", request.method, path);
}

void TokPortal::spoil(const Fault& fault, const Visit& /*visit*/, Answer& answer) const {
  if (fault.kind == "no_pagination" && answer.body.is_object()) answer.body.erase("pagination");
  if (fault.kind == "reordered_columns") answer.csv = reversed_columns(answer.csv);
}

json TokPortal::world() const {
  const auto& accounts = world_.accounts();
  const auto there = std::count_if(accounts.begin(), accounts.end(), [](const Account& one) { return !one.removed; });
  return {{"today", day_of(world_.today())},    {"accounts", there},
          {"bundles", world_.bundles().size()}, {"bans", world_.bans().size()},
          {"balance", world_.balance()},        {"transactions", world_.transactions().size()}};
}

}  // namespace

std::unique_ptr<ReadingApi> make_api(const Options& options) { return std::make_unique<TokPortal>(options); }

Answer error_answer(const Failure& failure) {
  json error = {{"code", failure.code}, {"message", failure.message}};
  if (!failure.details.is_null()) error["details"] = failure.details;
  if (failure.shape == "string") return {failure.status, {{"error", failure.code}}, "", {}};
  return {failure.status, {{"error", std::move(error)}}, "", {}};
}

Answer data_answer(json data, json siblings) {
  siblings["data"] = std::move(data);
  return {200, std::move(siblings), "", {}};
}

// The name of this code is not documented.
Answer invalid(const std::string& message) { return error_answer({400, "VALIDATION_ERROR", message, nullptr, ""}); }

Expected<PageAsked> page_asked(const Visit& visit) {
  const auto page = visit.integer("page", 1);
  const auto per_page = visit.integer("per_page", default_per_page);
  if (!page || *page < 1 || *page > most_pages) return unexpected(ErrorKind::usage, "page", "page must be from 1");
  if (!per_page || *per_page < 1) return unexpected(ErrorKind::usage, "page", "per_page must be from 1");
  // What more than 100 does is not documented; it is taken for 100.
  return PageAsked{*page, std::min(*per_page, most_per_page)};
}

Expected<Window> window_of(const Visit& visit, const char* from, const char* to, Window otherwise) {
  for (const auto& [name, day] : {std::pair{from, &otherwise.from}, {to, &otherwise.to}}) {
    if (!visit.has(name)) continue;
    const auto time = from_iso8601(visit.text(name));
    if (!time) return unexpected(ErrorKind::usage, name, fmt::format("{} must be a date", name));
    *day = std::chrono::floor<Days>(*time);
  }
  return otherwise;
}

}  // namespace toksync::sandbox::tokportal
