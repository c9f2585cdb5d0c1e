#include "api/mirror_conformance.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace toksync::api::conformance {
namespace {

constexpr WallTime kNow{Milliseconds{1'780'272'000'000}};  // 2026-06-01T00:00:00Z
const std::string kHost = "https://api.example.com";

std::shared_ptr<MirrorProvider> make(const MirrorSubject& described) {
  auto made = make_mirror_provider(described.name, {.base_url = kHost + "/v1", .api_key = Secret(described.key)});
  REQUIRE(made.has_value());
  return std::move(*made);
}

MirrorCall call_of(const MirrorProvider& provider, const SampleList& list) {
  const auto resources = provider.resources();
  const auto found = std::ranges::find(resources, list.resource, &MirrorResource::name);
  REQUIRE(found != resources.end());
  return {.resource = &*found, .slice = list.slice};
}

std::string describe(const MirrorPage& page) {
  std::string text = fmt::format("next={} broken={} unreadable={}", page.next_page.value_or("-"), !page.broken.empty(),
                                 !page.unreadable.empty());
  for (const auto& row : page.rows) {
    const auto* const key = std::get_if<std::string>(&row.values.front());
    text += " " + (key != nullptr ? *key : "-");
  }
  return text;
}

Understanding understand(const MirrorProvider& provider, const MirrorCall& call, const Outcome& outcome) {
  const auto answer = provider.decode(call, outcome, kNow);
  if (!answer.payload) return {answer.payload.error(), "", answer.retry_after};
  return {std::nullopt, describe(std::get<MirrorPage>(*answer.payload)), answer.retry_after};
}

std::string refusal(std::string_view code) {
  return fmt::format(R"({{"error":{{"code":"{}","message":"no"}}}})", code);
}

}  // namespace

MirrorSubject tokportal_subject() {
  return {"tokportal",
          "sk_" + std::string(64, '1'),
          {{"accounts",
            "",
            R"({"data":[{"id":"a1","platform":"tiktok","username":"x","banned":false}],
                "pagination":{"page":1,"per_page":100,"total":137,"total_pages":2}})",
            {"platform"}},
           {"account_metrics", "a1", R"({"data":{"followers_count":12,"scraped_at":"2026-02-10T09:15:00Z"}})"},
           {"bundles",
            "",
            R"({"data":[{"id":"b1","status":"published","bundle_type":"videos_only"}],
                "pagination":{"page":1,"per_page":100,"total":1,"total_pages":1}})",
            {"status", "bundle_type"}},
           {"bans",
            "",
            R"({"data":[{"id":"n1","status":"appeal_pending","resolution":null}],
                "pagination":{"page":1,"per_page":100,"total":1,"total_pages":1}})",
            {"status"}}},
          {{400, refusal("VALIDATION_ERROR"), FailureKind::rejected},
           {401, refusal("AUTH_INVALID_KEY"), FailureKind::unauthorized},
           {402, refusal("INSUFFICIENT_CREDITS"), FailureKind::no_credits},
           {403, refusal("PLAN_TOO_LOW"), FailureKind::forbidden},
           {429, refusal("RATE_LIMIT_EXCEEDED"), FailureKind::rate_limited}}};
}

MirrorSubject toktra_subject() {
  return {"toktra",
          "toktra_key_" + std::string(48, '1'),
          {{"users",
            "",
            R"({"items":[{"id":"u1","email":"a@example.com","role":"member","status":"active"}],
                "next_cursor":"abc","has_more":true,"total_count":214})",
            {"role", "status"}},
           {"usage",
            "2026-05-28",
            R"({"items":[{"user_id":"u1","model":"gpt-4","provider":"openai","period":"2026-05-28",
                "total_requests":3}],"next_cursor":null,"has_more":false})",
            {"provider"}},
           {"alerts",
            "",
            R"({"items":[{"id":"l1","severity":"high","status":"open","type":"anomaly_detected"}],
                "next_cursor":null,"has_more":false})",
            {"severity", "status", "type"}}},
          {{400, R"({"error":"bad_request","message":"no"})", FailureKind::rejected},
           {401, R"({"error":"unauthorized"})", FailureKind::unauthorized},
           {403, refusal("forbidden"), FailureKind::forbidden},
           {404, R"({"error":"not_found"})", FailureKind::rejected},
           {429, R"({"error":"rate_limited"})", FailureKind::rate_limited}}};
}

Subject subject_of(const MirrorSubject& described) {
  const std::shared_ptr<MirrorProvider> provider = make(described);
  Subject subject{described.name, described.key, kHost, {}, described.refusals};
  for (const auto& list : described.lists) {
    const auto call = call_of(*provider, list);
    Exchange exchange;
    exchange.name = described.name + ": " + list.resource;
    exchange.request = [provider, call] { return provider->to_request(call); };
    exchange.understand = [provider, call](const Outcome& outcome) { return understand(*provider, call, outcome); };
    exchange.good_body = list.body;
    exchange.enumerations = list.enumerations;
    exchange.may_be_missing = call.resource->slicing == Slicing::parents;
    subject.exchanges.push_back(std::move(exchange));
  }
  return subject;
}

void check_promises(const MirrorSubject& described) {
  const std::shared_ptr<MirrorProvider> provider = make(described);
  CHECK(provider->name() == described.name);
  CHECK(is_mirror(described.name));
  std::set<std::string_view> names;
  for (const auto& resource : provider->resources()) {
    CAPTURE(resource.name);
    CHECK(resource.keys >= 1);
    CHECK(resource.columns.size() > static_cast<std::size_t>(resource.keys));
    CHECK((resource.slicing == Slicing::parents) == !resource.parents_from.empty());
    CHECK((resource.slicing == Slicing::variants) == !resource.variants.empty());
    // Who is asked for parent by parent comes after the parents.
    CHECK((resource.parent.empty() || names.contains(resource.parent)));
    CHECK(names.insert(resource.name).second);
    const auto request = provider->to_request({.resource = &resource, .slice = "s1"});
    CHECK(request.method == http::Method::get);
    CHECK(request.body.empty());
  }
  for (const auto& list : described.lists) {
    CAPTURE(list.resource);
    const auto call = call_of(*provider, list);
    const auto answer = provider->decode(call, http::Response{200, {}, list.body}, kNow);
    REQUIRE(answer.payload.has_value());
    for (const auto& row : std::get<MirrorPage>(*answer.payload).rows) {
      CHECK(row.values.size() == call.resource->columns.size());
      const bool stands_elsewhere = std::ranges::any_of(
          call.resource->columns, [](const MirrorColumn& column) { return column.field.starts_with('@'); });
      if (stands_elsewhere) continue;
      const auto again = provider->read_record(*call.resource, row.raw_json);
      REQUIRE(again.has_value());
      CHECK(*again == row);
    }
  }
}

}  // namespace toksync::api::conformance
