// What is stored of people when a pipeline redacts them, and that it still joins.
#include <doctest/doctest.h>

#include "api/mirror_record.hpp"
#include "api/toktra.hpp"

namespace toksync::api {
namespace {

const Secret kHashKey("a key for hashes");

MirrorRow redacted_row(const std::set<std::string>& redact, std::string_view resource, const std::string& record) {
  const auto provider = make_toktra(toktra_redacting(redact));
  auto page = page_of(*provider, call_of(*provider, resource, "2026-05-31"), listed(record));
  REQUIRE(page.rows.size() == 1);
  return page.rows.front();
}

bool mentions(const MirrorRow& row, std::string_view text) {
  const auto holds = [text](const MirrorValue& value) {
    const auto* const said = std::get_if<std::string>(&value);
    return said != nullptr && said->find(text) != std::string::npos;
  };
  return row.raw_json.find(text) != std::string::npos || std::ranges::any_of(row.values, holds);
}

TEST_CASE("an address is the same hash wherever it stands, and nowhere in clear") {
  const auto provider = make_toktra(toktra_redacting({"email"}));
  const auto hash = keyed_hash(kHashKey, "alice@acme.com");
  const auto user = redacted_row({"email"}, "users", R"({"id":"u1","email":"Alice@Acme.com","name":"Alice"})");
  const auto usage = redacted_row({"email"}, "usage", R"({"user_id":"u1","user_email":"alice@acme.com"})");
  const auto alert = redacted_row({"email"}, "alerts",
                                  R"({"id":"a1","title":"for alice@acme.com","message":"“alice@acme.com” used gpt-4",)"
                                  R"("metadata":{"who":["ALICE@acme.com",{"alice@acme.com":1}],"token_count":4200}})");
  CHECK(text_of(resource_of(*provider, "users"), user, "email") == hash);
  CHECK(text_of(resource_of(*provider, "users"), user, "name") == "Alice");
  CHECK(text_of(resource_of(*provider, "usage"), usage, "user_email") == hash);
  const auto& alerts = resource_of(*provider, "alerts");
  CHECK(text_of(alerts, alert, "title") == "for " + hash);
  CHECK(text_of(alerts, alert, "message") == "“" + hash + "” used gpt-4");
  CHECK(text_of(alerts, alert, "metadata") ==
        R"({"who":[")" + hash + R"(",{")" + hash + R"(":1}],"token_count":4200})");
  for (const auto& row : {user, usage, alert}) {
    CHECK_FALSE(mentions(row, "lice@"));
    CHECK_FALSE(mentions(row, "LICE@"));
    CHECK_FALSE(mentions(row, "acme.com"));
  }
}

TEST_CASE("names are hashed on their own, and the texts of an alert as a whole") {
  const auto provider = make_toktra(toktra_redacting({"name"}));
  const auto user = redacted_row({"name"}, "users",
                                 R"({"id":"u1","email":"alice@acme.com","name":"Alice Smith","first_name":"Alice"})");
  CHECK(text_of(resource_of(*provider, "users"), user, "name") == keyed_hash(kHashKey, "Alice Smith"));
  CHECK(text_of(resource_of(*provider, "users"), user, "email") == "alice@acme.com");
  CHECK_FALSE(mentions(user, "Alice"));
  const auto alert = redacted_row({"name"}, "alerts",
                                  R"({"id":"a1","type":"anomaly_detected","title":"Alice Smith","message":"by Alice",)"
                                  R"("metadata":{"user":{"name":"Alice Smith"},"model":"gpt-4"}})");
  CHECK_FALSE(mentions(alert, "Alice"));
  CHECK(text_of(resource_of(*provider, "alerts"), alert, "title") == keyed_hash(kHashKey, "Alice Smith"));
  CHECK(mentions(alert, "anomaly_detected"));
  CHECK(mentions(alert, "gpt-4"));
  const auto budget = redacted_row({"name"}, "budgets", R"({"id":"b1","name":"Engineering Monthly"})");
  CHECK(mentions(budget, "Engineering Monthly"));
  const auto policy =
      redacted_row({"email", "name"}, "policies", R"({"id":"p1","name":"No gpt-4","description":"ask bob@acme.com"})");
  CHECK(mentions(policy, "No gpt-4"));
  CHECK_FALSE(mentions(policy, "bob@"));
}

TEST_CASE("what is not there is not hashed, and without redaction all is as it came") {
  const auto provider = make_toktra(toktra_redacting({"email", "name"}));
  const auto user = redacted_row({"email", "name"}, "users", R"({"id":"u1","email":null,"name":""})");
  CHECK(value_of(resource_of(*provider, "users"), user, "email") == MirrorValue{});
  CHECK(text_of(resource_of(*provider, "users"), user, "name").empty());
  const std::string record = R"({ "id" : "u1", "email" : "alice@acme.com" })";
  CHECK(redacted_row({}, "users", record).raw_json == record);
}

TEST_CASE("a failure's message does not tell addresses either") {
  const auto provider = make_toktra(toktra_redacting({"email"}));
  const auto call = call_of(*provider, "users");
  const auto refused = answer_of(*provider, call, 403, R"({"error":"forbidden","message":"alice@acme.com may not"})");
  CHECK(refused.payload.error().message == keyed_hash(kHashKey, "alice@acme.com") + " may not");
  const auto odd = answer_of(*provider, call, 200, R"({"users":[{"name":"Alice"}]})");
  CHECK(odd.payload.error().message.find("Alice") == std::string::npos);
}

TEST_CASE("redaction needs a key") {
  auto options = toktra_redacting({"email"});
  options.redact_key = {};
  const auto made = make_mirror_provider("toktra", options);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::usage);
}

TEST_CASE("addresses are found in texts, and nothing else") {
  struct Case {
    const char* text;
    const char* before;
    const char* address;  ///< in lower case; empty: none
    const char* after;
  };
  for (const auto& [text, before, address, after] : {
           Case{"alice@acme.com", "", "alice@acme.com", ""},
           Case{"by A.B+c@x-y.example.", "by ", "a.b+c@x-y.example", "."},
           Case{"'alice@acme.com's own", "'", "alice@acme.com", "'s own"},
           Case{"o'brien@acme.com", "", "o'brien@acme.com", ""},
           Case{"<alice@acme.com>,", "<", "alice@acme.com", ">,"},
           Case{"email=alice@acme.com&x", "email=", "alice@acme.com", "&x"},
           Case{"jürgen.müller@acme.de!", "", "jürgen.müller@acme.de", "!"},
           Case{"„jürgen@acme.de“", "„", "jürgen@acme.de", "“"},
           Case{"@alice and bob@", "@alice and bob@", "", ""},
           Case{"a @ b", "a @ b", "", ""},
           Case{"", "", "", ""},
       }) {
    CAPTURE(text);
    const auto hash = std::string_view(address).empty() ? std::string{} : keyed_hash(kHashKey, address);
    CHECK(without_addresses(kHashKey, text) == before + hash + after);
  }
}

}  // namespace
}  // namespace toksync::api
