#include "sandbox/toktra/api.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "sandbox/toktra/cursors.hpp"
#include "sandbox/toktra/tokens.hpp"
#include "sandbox/toktra/world.hpp"

namespace toksync::sandbox::toktra {
namespace {

using nlohmann::json;

constexpr std::string_view base_path = "/v1";
constexpr const char* token_path = "/v1/oauth/token";
constexpr double window_seconds = 60.0;
constexpr std::int64_t default_limit = 25;
constexpr std::int64_t most_rows = 100;
constexpr Days usual_window{29};
constexpr Days longest_window{1100};

/// A row of a list, by what the list is sorted by.
struct Row {
  std::string key;
  json value;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

class Toktra final : public ReadingApi {
 public:
  explicit Toktra(const Options& options)
      : options_(options),
        start_(first_day(options.today)),
        world_(options.seed, options.creators, start_),
        limiter_(options.rate_limit, options.scaled(window_seconds)),
        cursors_(options.scaled(options.cursor_lifetime)),
        tokens_(Seconds{options.token_lifetime}) {}

  std::optional<Answer> admit(Visit& visit) override;
  Answer work(const Visit& visit) override;
  Answer failure(const Failure& failure) const override;
  Answer limited(const Fault& fault) const override;
  void sign(const Visit& visit, Answer& answer) const override { add_rate_headers(visit, answer); }
  std::string route_of(const HttpRequest& request) const override;
  const char* rows_name() const override { return "items"; }
  void spoil(const Fault& fault, const Visit& visit, Answer& answer) const override;

  void advance(int days) override {
    for (int day = 0; day < days; ++day) world_.advance();
  }
  bool remove(const std::string& resource, const std::string& id) override { return world_.remove(resource, id); }
  bool forget(const std::string& what) override;
  void reset() override;
  json world() const override;

 private:
  [[nodiscard]] Answer give_token(const Visit& visit);
  [[nodiscard]] Answer list(const Visit& visit, std::string_view path);
  [[nodiscard]] Answer usage(const Visit& visit) const;
  [[nodiscard]] Answer one_of(const Visit& visit, std::string_view resource, const std::string& id) const;
  [[nodiscard]] std::vector<Row> rows_of(const Visit& visit, std::string_view resource) const;
  [[nodiscard]] Answer page(const Visit& visit, const std::vector<Row>& rows) const;
  template <typename Key, typename Render>
  [[nodiscard]] Answer page(const Visit& visit, std::size_t total, const Key& key, const Render& render) const;

  Options options_;
  Day start_;
  World world_;
  RateLimiter limiter_;
  Cursors cursors_;
  Tokens tokens_;
};

/// What a cursor has to be asked again with: everything but the place in the list.
std::string question_of(const Visit& visit) {
  std::string question = visit.request.path;
  for (const auto& [name, value] : visit.request.params) {
    if (name != "cursor" && name != "limit") question += fmt::format("&{}={}", name, value);
  }
  return question;
}

std::optional<Answer> Toktra::admit(Visit& visit) {
  const HttpRequest& request = visit.request;
  if (request.path == token_path && request.method == "POST") return std::nullopt;
  if (!request.path.starts_with("/v1/"))
    return failure({404, "not_found", "No such route; versions are below /v1", nullptr, ""});
  const std::string header = request.get_header_value("Authorization");
  visit.key = lower(header.substr(0, 7)) == "bearer " ? header.substr(7) : "";
  const auto& keys = options_.api_keys;
  const bool is_key = std::find(keys.begin(), keys.end(), visit.key) != keys.end();
  if (!is_key && !tokens_.knows(visit.key, visit.now)) {
    return failure({401, "unauthorized", "Missing, invalid or expired token", nullptr, ""});
  }
  // Whether all tokens of a client share one limit is not documented; it is assumed.
  visit.rate = limiter_.count(is_key ? visit.key : "client", visit.now);
  if (visit.rate->allowed) return std::nullopt;
  Answer refusal = failure({429, "rate_limited", "Too many requests", nullptr, ""});
  refusal.headers.emplace_back("Retry-After", std::to_string(whole_seconds(visit.rate->reset - visit.now)));
  return refusal;
}

Answer Toktra::failure(const Failure& failure) const {
  const bool object = failure.shape.empty() ? options_.error_objects : failure.shape == "object";
  const std::string code = lower(failure.code);
  if (object) return {failure.status, {{"error", {{"code", code}, {"message", failure.message}}}}, "", {}};
  return {failure.status, {{"error", code}, {"message", failure.message}}, "", {}};
}

Answer Toktra::limited(const Fault& fault) const {
  Answer answer = failure({429, "rate_limited", "Too many requests", nullptr, fault.text("shape", "")});
  const std::string wait = fault.text("retry_after", "1");
  if (wait != "none") answer.headers.emplace_back("Retry-After", wait);
  return answer;
}

// How its errors look is not documented; those of RFC 6749 are assumed.
Answer Toktra::give_token(const Visit& visit) {
  const auto refused = [](int status, const char* error, const char* description) {
    return Answer{status, {{"error", error}, {"error_description", description}}, "", {}};
  };
  const bool form = visit.request.get_header_value("Content-Type").starts_with("application/x-www-form-urlencoded");
  if (!form) return refused(400, "invalid_request", "The body has to be a form");
  if (visit.text("grant_type") != "client_credentials") {
    return refused(400, "unsupported_grant_type", "Only client_credentials");
  }
  if (visit.text("client_id") + ":" + visit.text("client_secret") != options_.client) {
    return refused(401, "invalid_client", "Unknown client or wrong secret");
  }
  return {200,
          {{"access_token", tokens_.give(options_.seed, visit.now)},
           {"token_type", "bearer"},
           {"expires_in", tokens_.lifetime().count()}},
          "",
          {}};
}

Answer Toktra::work(const Visit& visit) {
  const HttpRequest& request = visit.request;
  if (request.path == token_path && request.method == "POST") return give_token(visit);
  // Writing is part of the API; a client that only reads never comes here, and /sandbox/hits tells whether it did.
  if (request.method != "GET") return {request.method == "POST" ? 201 : 200, {{"id", "written"}}, "", {}};
  const std::string_view path = std::string_view(request.path).substr(base_path.size());
  if (path == "/usage") return usage(visit);
  for (const char* resource : {"budgets", "policies"}) {
    const auto ids = match_path(fmt::format("/{}/{{id}}", resource), path);
    if (ids) return one_of(visit, resource, ids->front());
  }
  return list(visit, path);
}

Answer Toktra::list(const Visit& visit, std::string_view path) {
  for (const char* resource : {"users", "budgets", "alerts", "policies"}) {
    if (path.substr(1) == resource) return page(visit, rows_of(visit, resource));
  }
  return failure({404, "not_found", "No such route", nullptr, ""});
}

std::vector<Row> Toktra::rows_of(const Visit& visit, std::string_view resource) const {
  std::vector<Row> rows;
  const auto add = [&rows](const json& row) { rows.push_back({row["id"], row}); };
  if (resource == "users") {
    for (const User& user : world_.users()) {
      const bool wanted =
          visit.wants("status", world_.status_of(user)) &&
          (!visit.has("department") || lower(visit.text("department")) == lower(user.department.value_or("")));
      if (wanted) add(world_.to_json(user));
    }
  } else if (resource == "budgets") {
    for (const Budget& budget : world_.budgets()) add(world_.to_json(budget));
  } else if (resource == "alerts") {
    for (const Alert& alert : world_.alerts()) {
      const bool wanted =
          visit.wants("status", world_.status_of(alert)) && visit.wants("severity", World::severity_of(alert));
      if (wanted) add(world_.to_json(alert));
    }
  } else {
    for (const json& policy : world_.policies()) add(policy);
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
  return rows;
}

Answer Toktra::one_of(const Visit& visit, std::string_view resource, const std::string& id) const {
  for (const Row& row : rows_of(visit, resource)) {
    if (row.key == id) return {200, row.value, "", {}};
  }
  return failure({404, "not_found", "No such record", nullptr, ""});
}

// Which days are told without start_date and end_date is not documented; the last 30 are assumed.
Answer Toktra::usage(const Visit& visit) const {
  UsageQuery query{"daily", world_.today() - usual_window, world_.today(), visit.text("user_id"), visit.text("model")};
  if (visit.has("period")) query.granularity = visit.text("period");
  for (const auto& [name, day] : {std::pair{"start_date", &query.from}, {"end_date", &query.to}}) {
    if (!visit.has(name)) continue;
    const auto read = read_day(visit.text(name));
    if (!read) return failure({400, "bad_request", fmt::format("{} must be YYYY-MM-DD", name), nullptr, ""});
    *day = *read;
  }
  const std::array known = {"hourly", "daily", "weekly", "monthly"};
  const bool granular = std::find(known.begin(), known.end(), query.granularity) != known.end();
  if (!granular || query.from > query.to || query.to - query.from > longest_window) {
    return failure({400, "bad_request", "period or the dates make no sense", nullptr, ""});
  }
  const auto rows = world_.usage(query);
  const auto key_of = [&](std::size_t index) {
    const UsageKey& key = rows[index].key;
    return fmt::format("{}\x1f{}\x1f{}\x1f{}", key.period, key.user_id, key.provider, key.model);
  };
  return page(visit, rows.size(), key_of, [&](std::size_t index) -> json {
    const auto& [key, usage] = rows[index];
    const bool nobody = key.user_id.empty();
    return {{"user_id", nobody ? json(nullptr) : json(key.user_id)},
            {"user_email", nobody ? json(nullptr) : json(usage.email)},
            {"model", key.model},
            {"provider", key.provider},
            {"period", key.period},
            {"total_requests", usage.requests},
            {"total_input_tokens", usage.input_tokens},
            {"total_output_tokens", usage.output_tokens},
            {"estimated_cost_usd", usage.cost}};
  });
}

Answer Toktra::page(const Visit& visit, const std::vector<Row>& rows) const {
  return page(
      visit, rows.size(), [&](std::size_t index) { return rows[index].key; },
      [&](std::size_t index) { return rows[index].value; });
}

// By the key of the last row, so that no row moves to another page when others come or go.
template <typename Key, typename Render>
Answer Toktra::page(const Visit& visit, std::size_t total, const Key& key, const Render& render) const {
  const auto limit = visit.integer("limit", default_limit);
  // What other limits do is not documented: refusing shows a client that asks for them.
  if (!limit || *limit < 1 || *limit > most_rows) {
    return failure({400, "bad_request", "limit must be from 1 to 100", nullptr, ""});
  }
  const std::string question = question_of(visit);
  std::size_t first = 0;
  if (visit.has("cursor")) {
    const auto last = cursors_.read(visit.text("cursor"), question, visit.now);
    if (!last) return failure({400, "bad_request", "The cursor is invalid or has expired", nullptr, ""});
    while (first < total && key(first) <= *last) ++first;
  }
  const std::size_t end = std::min(total, first + static_cast<std::size_t>(*limit));
  json items = json::array();
  for (std::size_t index = first; index < end; ++index) items.push_back(render(index));
  const bool more = end < total;
  return {200,
          {{"items", std::move(items)},
           {"next_cursor", more ? json(cursors_.make(question, key(end - 1), visit.now)) : json(nullptr)},
           {"has_more", more},
           {"total_count", total}},
          "",
          {}};
}

std::string Toktra::route_of(const HttpRequest& request) const {
  const std::string path = request.path.starts_with("/v1/") ? request.path.substr(base_path.size()) : request.path;
  for (const char* resource : {"budgets", "policies", "users", "alerts"}) {
    const std::string pattern = fmt::format("/{}/{{id}}", resource);
    if (match_path(pattern, path)) return request.method + " " + pattern;
  }
  return request.method + " " + path;
}

void Toktra::spoil(const Fault& fault, const Visit& visit, Answer& answer) const {
  if (!answer.body.is_object() || !answer.body.contains("has_more")) return;
  answer.body["has_more"] = true;
  if (fault.kind == "null_cursor") answer.body["next_cursor"] = nullptr;
  // On the first page there is none to repeat; its own then comes again on the second.
  if (fault.kind == "repeated_cursor" && visit.has("cursor")) answer.body["next_cursor"] = visit.text("cursor");
}

bool Toktra::forget(const std::string& what) {
  if (what == "tokens") tokens_.forget();
  if (what == "cursors") cursors_.forget();
  return what == "tokens" || what == "cursors";
}

void Toktra::reset() {
  world_ = World(options_.seed, options_.creators, start_);
  limiter_.reset();
  cursors_.forget();
  tokens_.forget();
}

json Toktra::world() const {
  return {{"today", day_of(world_.today())},      {"users", world_.users().size()},
          {"budgets", world_.budgets().size()},   {"alerts", world_.alerts().size()},
          {"policies", world_.policies().size()}, {"tokens_given", tokens_.given()}};
}

}  // namespace

std::unique_ptr<ReadingApi> make_api(const Options& options) { return std::make_unique<Toktra>(options); }

}  // namespace toksync::sandbox::toktra
