#include <regex>
#include <set>

#include <doctest/doctest.h>

#include "api/portal.hpp"

namespace toksync::api {
namespace {

using namespace portal_test;

TEST_CASE("each list is asked for by its path and query") {
  struct Row {
    MirrorCall call;
    std::string_view path, query;
  };
  const std::string id = "9f3a7b2e-1c4d-4e8f-a5b6-7d9e0f1a2b3c";
  const std::string since = "2026-05-28T09:06:00Z";
  for (const auto& [asked, path, query] : std::vector<Row>{
           {call("accounts"), "/accounts", "?page=1&per_page=100"},
           {call("accounts", "", "3"), "/accounts", "?page=3&per_page=100"},
           {call("accounts", "", "", since), "/accounts", "?page=1&per_page=100"},
           {call("bundles"), "/bundles", "?page=1&per_page=100"},
           {call("credit_history"), "/credits/history", "?page=1&per_page=100"},
           // Entries may appear late: two days before what is known.
           {call("credit_history", "", "2", since), "/credits/history", "?page=2&per_page=100&date_from=2026-05-26"},
           {call("credit_history", "", "", "2026-03-01T00:00:00Z"), "/credits/history",
            "?page=1&per_page=100&date_from=2026-02-27"},
           {call("balance"), "/credits/balance", ""},
           {call("bans"), "/account-bans", "?page=1&per_page=100"},
           {call("bans", "", "", since), "/account-bans", "?page=1&per_page=100&since=2026-05-28T09%3A06%3A00Z"},
           {call("series", "views"), "/analytics/series", "?metric=views&granularity=day"},
           {call("series", "followers", "", "2026-05-31"), "/analytics/series",
            "?metric=followers&granularity=day&from=2026-05-17"},
           // A day in other words asks for everything.
           {call("series", "views", "", "2026-W22"), "/analytics/series", "?metric=views&granularity=day"},
           {call("bundle_videos", id), "/bundles/9f3a7b2e-1c4d-4e8f-a5b6-7d9e0f1a2b3c/videos", ""},
           {call("account_metrics", "acc_abc123"), "/accounts/acc_abc123/analytics", ""},
           {call("videos", "acc_abc123"), "/accounts/acc_abc123/analytics/videos", "?page=1&per_page=100"},
           {call("videos", "acc_abc123", "2"), "/accounts/acc_abc123/analytics/videos", "?page=2&per_page=100"},
       }) {
    const auto request = portal().to_request(asked);
    CAPTURE(request.url);
    CHECK(request.path == path);
    CHECK(request.url == std::string(kBase) + std::string(path) + std::string(query));
    CHECK(portal().to_request(asked).url == request.url);
  }
}

TEST_CASE("an id cannot lead out of its place in the path") {
  struct Id {
    std::string id, escaped;
  };
  for (const auto& [id, escaped] : std::vector<Id>{{"a/b", "a%2Fb"},
                                                   {"../credits", "..%2Fcredits"},
                                                   {"..", "%2E%2E"},
                                                   {".", "%2E"},
                                                   {"a?b=c&d#e", "a%3Fb%3Dc%26d%23e"},
                                                   {"100% r\xC3\xA9"
                                                    "el",
                                                    "100%25%20r%C3%A9el"},
                                                   {"a\nb\\c", "a%0Ab%5Cc"},
                                                   {"url:https://x.y/z", "url%3Ahttps%3A%2F%2Fx.y%2Fz"},
                                                   {"A-z_0.9~", "A-z_0.9~"}}) {
    CAPTURE(id);
    CHECK(portal().to_request(call("videos", id)).path == "/accounts/" + escaped + "/analytics/videos");
    CHECK(portal().to_request(call("account_metrics", id)).path == "/accounts/" + escaped + "/analytics");
    CHECK(portal().to_request(call("bundle_videos", id)).path == "/bundles/" + escaped + "/videos");
  }
}

/// Every kind of question that the engine can put to a resource, with whatever ids the API may have told.
std::vector<MirrorCall> all_questions() {
  const std::vector<std::string> ids{"9f3a7b2e-1c4d-4e8f-a5b6-7d9e0f1a2b3c",
                                     "x/reveal-credentials",
                                     "x/verification-code",
                                     "x/../../analytics/refresh",
                                     "x%2Frefresh",
                                     "..",
                                     "?reveal-credentials",
                                     "\xFF"};
  std::vector<MirrorCall> calls;
  for (const auto& each : portal().resources()) {
    std::vector<std::string> slices{""};
    if (each.slicing == Slicing::variants) slices.assign(each.variants.begin(), each.variants.end());
    if (each.slicing == Slicing::parents) slices = ids;
    for (const auto& slice : slices) {
      for (const auto* const page : {"", "1", "17"}) {
        for (const auto* const since : {"", "2026-05-28T09:06:00Z", "2026-05-28", "refresh"}) {
          calls.push_back({&each, slice, page, since});
        }
      }
    }
  }
  return calls;
}

TEST_CASE("nothing but the reads of the contract can ever be sent") {
  // Section 6: the GET paths, those of them that are worth mirroring.
  const std::regex allowed(
      "/accounts|/bundles|/credits/history|/credits/balance|/account-bans|/analytics/series"
      "|/bundles/[^/]+/videos|/accounts/[^/]+/analytics|/accounts/[^/]+/analytics/videos");
  const auto questions = all_questions();
  CHECK(questions.size() > 300);
  for (const auto& asked : questions) {
    const auto request = portal().to_request(asked);
    CAPTURE(request.url);
    CHECK(request.method == http::Method::get);
    CHECK(request.body.empty());
    CHECK(request.secret_in_body.empty());
    CHECK(std::regex_match(request.path, allowed));
    CHECK(request.url.starts_with(std::string(kBase) + request.path));
    CHECK(request.url.find_first_of(" \n\\#") == std::string::npos);
    // The last step of a path is the operation; what an id holds is no step.
    for (const auto* const forbidden : {"/reveal-credentials", "/verification-code", "/refresh", "/..", "/."}) {
      CHECK(request.path.find(forbidden) == std::string::npos);
    }
  }
}

TEST_CASE("a list that nobody knows is not asked for") {
  const MirrorResource unknown{.name = "reveal-credentials", .table = "x"};
  CHECK_THROWS_AS(std::ignore = portal().to_request({&unknown, "", "", ""}), std::logic_error);
}

TEST_CASE("the key goes as the API wants it, and nowhere else") {
  for (const auto& asked : all_questions()) {
    const auto request = portal().to_request(asked);
    CHECK(request.api_key.reveal() == kPortalKey);
    CHECK(request.bearer.empty());
    CHECK(request.url.find(kPortalKey) == std::string::npos);
    CHECK(request.path.find(kPortalKey) == std::string::npos);
    CHECK(request.headers == Headers{{"Accept", "application/json"}});
    CHECK(request.timeout == Milliseconds{45'000});
  }
}

TEST_CASE("slashes at the end of the address do not matter, and the rate limit is a bucket") {
  CHECK(make_portal("http://127.0.0.1:9/api/ext//")->to_request(call("balance")).url ==
        "http://127.0.0.1:9/api/ext/credits/balance");
  CHECK(portal().name() == "tokportal");
  CHECK(portal().rate_limit() == RateLimitKind::bucket);
  CHECK_FALSE(portal().ceiling().has_value());
  CHECK_FALSE(portal().sign_in(SteadyTime{}).has_value());
  CHECK(is_mirror("tokportal"));
  CHECK_FALSE(is_mirror("toksta"));
  const auto unknown = make_mirror_provider("tokprotal", {});
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == ErrorKind::usage);
  CHECK(unknown.error().text().find("tokprotal") != std::string::npos);
}

TEST_CASE("parents come before what is asked for each of them, and every key comes first") {
  std::set<std::string_view> before;
  for (const auto& each : portal().resources()) {
    CAPTURE(each.name);
    if (!each.parent.empty()) CHECK(before.contains(each.parent));
    CHECK((each.slicing == Slicing::parents) == !each.parents_from.empty());
    CHECK(static_cast<std::size_t>(each.keys) < each.columns.size());
    const auto is_watermark = [&](const MirrorColumn& column) { return column.name == each.watermark; };
    CHECK((each.watermark.empty() || std::ranges::any_of(each.columns, is_watermark)));
    before.insert(each.name);
  }
  CHECK(before.size() == 9);
}

/// `count` accounts from that number on, as a page of so many.
std::string accounts_page(int first, int count, std::string_view pagination) {
  std::string rows;
  for (int index = first; index < first + count; ++index) {
    rows += (rows.empty() ? "" : ",") + (R"({"id":"acc_)" + std::to_string(index)) + R"(","platform":"tiktok"})";
  }
  return R"({"data":[)" + rows + "]" + (pagination.empty() ? "" : R"(,"pagination":)") + std::string(pagination) + "}";
}

TEST_CASE("three pages with 137 rows in all, as the documentation has them") {
  std::vector<std::string> ids;
  auto asked = call("accounts");
  for (int page = 1; page <= 3; ++page) {
    const auto count = page < 3 ? 50 : 37;
    const auto told = R"({"page":)" + std::to_string(page) + R"(,"per_page":50,"total":137,"total_pages":3})";
    const auto read = page_of(asked, accounts_page((page - 1) * 50, count, told));
    for (const auto& row : read.rows) ids.push_back(text_of("accounts", row, "account_id"));
    CHECK(read.broken.empty());
    CHECK(read.next_page == (page < 3 ? std::optional(std::to_string(page + 1)) : std::nullopt));
    CHECK(read.total == (page < 3 ? std::optional<std::int64_t>{} : std::optional<std::int64_t>{137}));
    asked.page = read.next_page.value_or("");
  }
  CHECK(ids.size() == 137);
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 137);
  CHECK(ids.back() == "acc_136");
}

TEST_CASE("an empty list is a list, whether it has no page or one") {
  for (const auto* const pages : {"0", "1"}) {
    const auto page =
        page_of(call("accounts"),
                accounts_page(0, 0, R"({"page":1,"per_page":100,"total":0,"total_pages":)" + std::string(pages) + "}"));
    CHECK(page.rows.empty());
    CHECK_FALSE(page.next_page.has_value());
    CHECK(page.total == 0);
    CHECK(page.broken.empty());
  }
}

TEST_CASE("a page ends the list when nothing tells of another") {
  struct Row {
    std::string_view pagination;
    std::string page;
    int rows;
    std::optional<std::string> next;
  };
  for (const auto& [pagination, asked, rows, next] : std::vector<Row>{
           {"", "", 3, {}},
           {"null", "", 3, {}},
           {"{}", "", 3, {}},
           {R"({"total":200})", "", 100, {}},
           {R"({"page":1,"total":200,"total_pages":2})", "", 100, "2"},
           {R"({"page":"1","total":"200","total_pages":"2"})", "", 100, "2"},
           {R"({"page":2,"total":200,"total_pages":2})", "2", 100, {}},
           // Rows went while we read: the page that was the last is not any more.
           {R"({"page":3,"total":150,"total_pages":2})", "3", 0, {}},
           {R"({"page":2,"total":900,"total_pages":9})", "2", 0, {}},
           {R"({"page":1,"total":900,"total_pages":"many"})", "", 100, {}},
       }) {
    CAPTURE(pagination);
    CAPTURE(asked);
    const auto page = page_of(call("accounts", "", asked), accounts_page(0, rows, pagination));
    CHECK(page.rows.size() == static_cast<std::size_t>(rows));
    CHECK(page.next_page == next);
    CHECK(page.broken.empty());
  }
}

TEST_CASE("a list may come without `data` around it") {
  const auto page = page_of(call("accounts"), R"([{"id":"a"},{"id":"b"}])");
  CHECK(page.rows.size() == 2);
  CHECK_FALSE(page.next_page.has_value());
  const auto named = page_of(call("bans"), R"({"items":[{"id":"b"}],"pagination":{"total":1,"total_pages":1}})");
  CHECK(named.rows.size() == 1);
  CHECK(named.total == 1);
}

TEST_CASE("an answer without a list is not taken for an empty one") {
  for (const auto* const body :
       {"{}", R"({"data":{}})", R"({"data":null})", R"({"data":"soon"})", R"({"message":"Maintenance"})",
        R"({"data":{"id":"a"},"pagination":{"total":1,"total_pages":1}})"}) {
    for (const auto& asked :
         {call("accounts"), call("videos", "a"), call("bundle_videos", "b"), call("series", "views"), call("bans")}) {
      CAPTURE(body);
      CAPTURE(asked.resource->name);
      const auto page = page_of(asked, body);
      CHECK(page.rows.empty());
      CHECK_FALSE(page.next_page.has_value());
      CHECK_FALSE(page.total.has_value());
      CHECK(page.broken == "the answer holds no list");
    }
  }
}

TEST_CASE("a record that cannot be read keeps the others, and is told of") {
  const auto page = page_of(call("accounts"), R"({"data":[{"id":"a"},{"username":"no id"},7,{"id":null},{"id":"b"}],
    "pagination":{"page":1,"per_page":100,"total":5,"total_pages":1}})");
  REQUIRE(page.rows.size() == 2);
  CHECK(text_of("accounts", page.rows[0], "account_id") == "a");
  CHECK(text_of("accounts", page.rows[1], "account_id") == "b");
  CHECK(page.unreadable == "a record has no id");
  CHECK(page.broken.empty());
  const auto slots = page_of(call("bundle_videos", "b"), R"({"data":[{"video_id":"v"},{"position":2}]})");
  CHECK(slots.rows.size() == 1);
  CHECK(slots.unreadable == "a record has no position");
  CHECK(page_of(call("accounts"), R"({"data":["x"]})").unreadable == "a record is no object");
  // A page of which nothing can be read is not an empty one.
  const auto odd =
      page_of(call("accounts"), R"({"data":[{"username":"no id"}],"pagination":{"page":1,"total_pages":2}})");
  CHECK(odd.next_page == "2");
}

}  // namespace
}  // namespace toksync::api
