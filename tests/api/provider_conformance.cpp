#include "api/provider_conformance.hpp"

#include <memory>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace toksync::api::conformance {
namespace {

const std::string kHost = "https://api.example.com";
// Like no key of a known provider, so that nothing but the provider's own care keeps it hidden.
const std::string kKey = "conformance-hunter2-0123456789abcdef";
constexpr WallTime kNow{Milliseconds{1'780'272'000'000}};  // 2026-06-01T00:00:00Z

std::shared_ptr<Provider> make(const std::string& name) {
  auto provider = make_provider(name, {kHost, Secret(kKey), Milliseconds{60'000}});
  REQUIRE(provider.has_value());
  return std::move(*provider);
}

std::string number(const OptionalNumber& value) { return value ? fmt::format("{}", *value) : "-"; }

/// What was understood, without raw text.
struct Describe {
  std::string operator()(const SearchPage& page) const {
    auto text = fmt::format("page ended={} next={}", page.ended, page.next_cursor.value_or("-"));
    for (const auto& found : page.creators) text += " " + found.creator.creator_id + "=" + number(found.score);
    return text;
  }
  std::string operator()(const StartedJobs& started) const {
    auto text = fmt::format("started charged={}", started.charged.value_or(-1));
    for (const auto& job : started.jobs) text += " " + job.external_id + ":" + job.creator_id.value_or("-");
    for (const auto& refused : started.refused) text += " !" + refused.creator_id + ":" + refused.code;
    return text;
  }
  std::string operator()(const EnrichmentResults& results) const {
    auto text = fmt::format("enrichments pending={}", results.pending.value_or(-1));
    for (const auto& record : results.records) {
      text += fmt::format(" {}/{}:{} {}", record.creator_id, record.job_id, to_string(record.status),
                          number(record.median_reactions_per_post));
    }
    return text;
  }
  std::string operator()(const HitPostsResults& results) const {
    std::string text = "posts of hits";
    for (const auto& record : results.records) {
      text += fmt::format(" {}:{}", record.creator_id, record.posts.size());
    }
    return text;
  }
  std::string operator()(const CreatorDetail& detail) const { return "creator " + detail.creator.creator_id; }
  std::string operator()(const CreatorListPage& page) const {
    std::string text = "lists";
    for (const auto& list : page.lists) text += " " + list.id;
    return text;
  }
  std::string operator()(const CreatorList& list) const { return "list " + list.id; }
  std::string operator()(const SavedToList& saved) const {
    return fmt::format("saved {} of {}", saved.added.value_or(-1), saved.total.value_or(-1));
  }
  std::string operator()(const MirrorPage& page) const {
    return fmt::format("{} rows, next={}", page.rows.size(), page.next_page.value_or("-"));
  }
  template <typename Analysis>
  static std::string analyses(const Analysis& results) {
    std::string text = "analyses";
    for (const auto& record : results.records) {
      text += fmt::format(" {}:{}:{} {}", record.job_id, record.creator_id, to_string(record.status),
                          number(record.match_score));
    }
    for (const auto& id : results.not_found_ids) text += " ?" + id;
    for (const auto& id : results.expired_ids) text += " x" + id;
    return text;
  }
  std::string operator()(const ContentMatchResults& results) const { return analyses(results); }
  std::string operator()(const AudienceMatchResults& results) const { return analyses(results); }
  std::string operator()(const ContentPostsResults& results) const {
    std::string text = "posts";
    for (const auto& record : results.records) text += fmt::format(" {}:{}", record.job_id, record.posts.size());
    return text;
  }
  std::string operator()(const AudienceDetailsResults& results) const {
    std::string text = "details";
    for (const auto& record : results.records) text += fmt::format(" {}:{}", record.job_id, record.engagers.size());
    return text;
  }
  std::string operator()(const ThoughtLeadersResults& results) const {
    std::string text = "leaders";
    for (const auto& job : results.jobs) {
      text += fmt::format(" {}:{}:{}", job.job_id, to_string(job.status), job.analyzed_creators.value_or(-1));
      for (const auto& row : job.thought_leaders) text += " " + row.creator_id + "=" + number(row.score);
    }
    return text;
  }
  std::string operator()(const Usage& usage) const {
    return fmt::format("usage {} balance={}", usage.total_credits_charged, usage.balance.value_or(-1));
  }
  std::string operator()(const CanceledJob& job) const { return fmt::format("canceled={}", job.applied); }
};

/// Every record of an answer, with the kind under which it is stored.
class Records {
 public:
  std::vector<std::pair<RecordKind, StoredRecord>> all;

  void operator()(const SearchPage& page) {
    for (const auto& found : page.creators) all.emplace_back(RecordKind::creator, found.creator);
  }
  void operator()(const EnrichmentResults& results) { add(RecordKind::enrichment, results.records); }
  void operator()(const ContentMatchResults& results) { add(RecordKind::content_match, results.records); }
  void operator()(const ContentPostsResults& results) { add(RecordKind::content_posts, results.records); }
  void operator()(const AudienceMatchResults& results) { add(RecordKind::audience_match, results.records); }
  void operator()(const AudienceDetailsResults& results) { add(RecordKind::audience_details, results.records); }
  void operator()(const ThoughtLeadersResults& results) {
    for (const auto& job : results.jobs) add(RecordKind::thought_leader, job.thought_leaders);
  }
  void operator()(const HitPostsResults& results) { add(RecordKind::hit_posts, results.records); }
  void operator()(const CreatorDetail& detail) { all.emplace_back(RecordKind::creator_detail, detail); }
  void operator()(const auto&) {}

 private:
  template <typename Record>
  void add(RecordKind kind, const std::vector<Record>& records) {
    for (const auto& record : records) all.emplace_back(kind, record);
  }
};

std::string raw_of(const StoredRecord& record) {
  if (const auto* const detail = std::get_if<CreatorDetail>(&record)) return detail->creator.raw_json;
  return std::visit(
      [](const auto& one) -> std::string {
        if constexpr (requires { one.raw_json; }) return one.raw_json;
        return {};
      },
      record);
}

}  // namespace

Subject subject_of(const ProviderSubject& described) {
  const auto provider = make(described.name);
  Subject subject{described.name, kKey, kHost, {}, described.refusals};
  for (const auto& sample : described.samples) {
    Exchange exchange;
    exchange.name = described.name + ": " + sample.name;
    exchange.is_billable = is_billable(sample.call);
    exchange.request = [provider, call = sample.call] { return provider->to_request(call); };
    exchange.understand = [provider, call = sample.call](const Outcome& outcome) {
      const auto answer = provider->decode(call, outcome, kNow);
      if (!answer.payload) return Understanding{answer.payload.error(), "", answer.retry_after};
      return Understanding{std::nullopt, std::visit(Describe{}, *answer.payload), answer.retry_after};
    };
    exchange.good_body = sample.body;
    exchange.good_status = sample.status;
    exchange.enumerations = sample.enumerations;
    exchange.may_be_missing = sample.may_be_missing;
    subject.exchanges.push_back(std::move(exchange));
  }
  return subject;
}

void check_promises(const ProviderSubject& described) {
  const auto provider = make(described.name);
  CHECK(provider->name() == described.name);
  Records records;
  for (const auto& sample : described.samples) {
    CAPTURE(sample.name);
    const auto answer = provider->decode(sample.call, http::Response{sample.status, {}, sample.body}, kNow);
    REQUIRE(answer.payload.has_value());
    std::visit(records, *answer.payload);
  }
  for (const auto kind : kRecordKinds) {
    CAPTURE(to_string(kind));
    CHECK(std::ranges::any_of(records.all, [&](const auto& record) { return record.first == kind; }));
  }
  for (const auto& [kind, record] : records.all) {
    const auto raw = raw_of(record);
    CAPTURE(raw);
    REQUIRE(nlohmann::json::accept(raw));
    const auto again = provider->decode_record(kind, raw);
    REQUIRE_MESSAGE(again.has_value(), again.error());
    CHECK(*again == record);
  }
  for (const auto kind : kRecordKinds) {
    for (const auto* const raw : {"", "null", "[]", "{", "\"text\"", "{\"results\":[]}"}) {
      (void)provider->decode_record(kind, raw);  // whatever it says of them
    }
  }
  const auto prices = provider->prices();
  for (std::size_t item = 0; item < kPriceItems; ++item) {
    CAPTURE(to_string(static_cast<PriceItem>(item)));
    CHECK(prices.at(static_cast<PriceItem>(item)) >= 0);
  }
  CHECK(prices.at(PriceItem::thought_leaders_strict) > 0);
  CHECK(prices.at(PriceItem::enrich) > 0);
  CHECK_FALSE(provider->family_of_operation("somersaults").has_value());
}

}  // namespace toksync::api::conformance
