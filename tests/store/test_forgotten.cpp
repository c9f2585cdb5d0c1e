#include <doctest/doctest.h>

#include "night.hpp"
#include "store/forgotten.hpp"

namespace toksync::store {
namespace {

struct Kept : Night {
  Forgotten forgotten{store.database()};
};

}  // namespace

TEST_CASE("one profile has one simple address, however it is written") {
  for (const auto* const url :
       {"https://www.linkedin.com/in/Ada-Holm/", "http://linkedin.com/in/ada-holm", "linkedin.com/in/ada-holm//",
        "https://de.linkedin.com/in/ada-holm?trk=people#top", "HTTPS://WWW.LINKEDIN.COM/IN/ADA-HOLM"}) {
    CAPTURE(url);
    CHECK(simple_url(url) == "linkedin.com/in/ada-holm");
  }
  CHECK(simple_url("https://www.linkedin.com/in/jos%C3%A9") == simple_url("https://www.linkedin.com/in/jos\u00e9/"));
  CHECK(simple_url("https://m.youtube.com/@AdaHolm") == "youtube.com/@adaholm");
  CHECK(simple_url("https://www.youtube.com/channel/UC1") == "youtube.com/channel/uc1");
  CHECK(simple_url("https://www.example.org/ada") == "example.org/ada");
  CHECK(simple_url("https://notlinkedin.com/in/ada") == "notlinkedin.com/in/ada");
  CHECK(simple_url("x.org/100%") == "x.org/100%");
}

TEST_CASE("what is nobody's address has no simple one") {
  for (const auto* const text :
       {"", "/", "ada-holm", "https://", "https://www.linkedin.com", "https://www.linkedin.com/",
        "https://www.linkedin.com/in/", "linkedin.com/company", "youtube.com/channel/"}) {
    CAPTURE(text);
    CHECK(simple_url(text).empty());
  }
}

TEST_CASE_FIXTURE(Kept, "who is forgotten is known by hash only") {
  CHECK_FALSE(forgotten.is_anybody());
  CHECK_FALSE(forgotten.has("c1", "linkedin.com/in/ada"));
  forgotten.add_id("C1-abc", now());
  forgotten.add_url("https://www.linkedin.com/in/ada/", now());
  forgotten.add_url("nothing", now());
  CHECK(forgotten.has_id("c1-ABC"));
  CHECK(forgotten.has_url("http://linkedin.com/in/Ada"));
  CHECK_FALSE(forgotten.has_id("linkedin.com/in/ada"));
  CHECK_FALSE(forgotten.has_url("c1-abc"));
  CHECK_FALSE(forgotten.has("c2", std::nullopt));
  CHECK(Forgotten(store.database()).has_id("c1-abc"));
  CHECK(count("SELECT count(*) FROM forgotten_rows WHERE length(sha256) = 64 AND forgotten_at LIKE '20%Z'") == 2);
  CHECK(count("SELECT count(*) FROM forgotten_rows") == 2);
}

TEST_CASE_FIXTURE(Kept, "a record is kept but for whom it must not name") {
  const std::string record = R"({ "n" : 1.50, "who":[{"url":"https://linkedin.com/in/ada"},{"url":"x.org/b"}]})";
  CHECK(forgotten.without_them(record) == record);
  forgotten.add_id("c1", now());
  forgotten.add_url("linkedin.com/in/ada", now());
  CHECK(forgotten.without_them(record) == R"({"n":1.50,"who":[{"url":"x.org/b"}]})");
  CHECK(forgotten.without_them(R"({"creator_ids":["c0","c1","c2","c1"]})") == R"({"creator_ids":["c0","c2"]})");
  CHECK(forgotten.without_them(R"({"a":{"id":"c1","name":"Ada"},"b":2})") == R"({"b":2})");
  CHECK(forgotten.without_them(R"({"id":"c1","name":"?"})") == R"({"name":"?"})");
  CHECK(forgotten.without_them(R"([{"id":"c1","url":"linkedin.com/in/ada","l":[{"id":"c1"}]},7])") == "[7]");
  CHECK(forgotten.without_them(R"({"a.b":[{"some key":[["c1"]]}]})") == R"({"a.b":[{"some key":[[]]}]})");
  CHECK(forgotten.without_them(R"("c1")") == "null");
  CHECK(forgotten.without_them("no JSON: c1") == "no JSON: c1");
  CHECK(forgotten.without_them(R"({"text":"not only c1"})") == R"({"text":"not only c1"})");
}

TEST_CASE_FIXTURE(Kept, "a search passes over who is forgotten, and its ranks have no gap") {
  forgotten.add_id("c2", now());
  forgotten.add_url("https://www.linkedin.com/in/c3/?x=1", now());
  search(stage(StageName::search), found(1, 5));
  CHECK(value("SELECT group_concat(creator_id || ' ' || rank) FROM (SELECT * FROM search_hits ORDER BY rank)") ==
        "c1 1,c4 2,c5 3");
  CHECK(value("SELECT creator_count || ' ' || new_count FROM search_pages") == "5 3");
  CHECK(count("SELECT count(*) FROM creators WHERE creator_id IN ('c2', 'c3')") == 0);
}

}  // namespace toksync::store
