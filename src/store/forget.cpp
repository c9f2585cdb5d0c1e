#include "store/forget.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "store/forgotten.hpp"
#include "store/impl.hpp"
#include "store/upkeep.hpp"

namespace toksync::store {
namespace {

constexpr std::string_view kBlank = "forgotten";
// A shorter name or handle could be a part of anything.
constexpr std::size_t kShortestName = 4;

/// A person, by all that is known to tell who they are.
struct Person {
  std::vector<CreatorKey> creators;    // more than one when the API gave them several ids
  std::vector<std::string> addresses;  // ids and URLs: nobody else's
  std::vector<std::string> names;      // and handles, which others may share
};

struct Profile {
  CreatorKey creator{};
  std::string creator_id;
  OptionalText platform, handle, name, url;
};

std::vector<Profile> profiles_where(SQLite::Database& database, const std::string& condition,
                                    const std::string& value) {
  Query query(database,
              "SELECT creator_key, creator_id, platform, handle, name, profile_url FROM creators WHERE " + condition);
  std::vector<Profile> profiles;
  const auto read = [&](const Row& row) {
    profiles.push_back({row.key<CreatorKey>(0), row.text(1), row.optional_text(2), row.optional_text(3),
                        row.optional_text(4), row.optional_text(5)});
  };
  query.each(read, value);
  return profiles;
}

std::vector<Profile> profiles_at(SQLite::Database& database, const std::string& simple) {
  auto profiles = profiles_where(database, "profile_url IS NOT NULL AND ?1 <> ''", simple);
  std::erase_if(profiles, [&](const Profile& profile) { return simple_url(*profile.url) != simple; });
  return profiles;
}

/// Where an audience has somebody at this address: (analysis, position), the last position of each first.
using Places = std::vector<std::pair<std::int64_t, std::int64_t>>;
template <typename IsMeant>
Places engagers(SQLite::Database& database, const IsMeant& is_meant) {
  Query query(database,
              "SELECT match_key, position, linkedin_url FROM audience_engager_rows WHERE linkedin_url IS NOT NULL"
              " ORDER BY match_key, position DESC");
  Places places;
  query.each([&](const Row& row) {
    if (is_meant(row.text(2))) places.emplace_back(row.integer(0), row.integer(1));
  });
  return places;
}

tl::unexpected<Error> several(const std::string& who, const std::vector<Profile>& profiles) {
  std::string list;
  for (const auto& profile : profiles) {
    list += (list.empty() ? "" : ", ") + profile.creator_id + " (" + profile.platform.value_or("?") + ", " +
            profile.name.value_or("?") + ")";
  }
  return unexpected(ErrorKind::usage, "forget " + who, "several creators have that handle: " + list,
                    "name one by id or profile URL");
}

bool are_one_person(const std::vector<Profile>& profiles) {
  const auto address = [](const Profile& profile) { return profile.url ? simple_url(*profile.url) : ""; };
  return profiles.size() < 2 || (!address(profiles[0]).empty() && std::ranges::all_of(profiles, [&](const auto& one) {
           return address(one) == address(profiles[0]);
         }));
}

void add_profile(Person& person, const Profile& profile) {
  if (std::ranges::find(person.creators, profile.creator) != person.creators.end()) return;
  person.creators.push_back(profile.creator);
  person.addresses.push_back(profile.creator_id);
  for (const auto& name : {profile.name, profile.handle}) {
    if (name && name->size() >= kShortestName) person.names.push_back(*name);
  }
}

/// Both spellings of an address that texts may hold.
void add_address(Person& person, std::string url) {
  auto simple = simple_url(url);
  if (simple.empty()) return;
  while (url.ends_with('/')) url.pop_back();
  person.addresses.push_back(std::move(url));
  person.addresses.push_back(std::move(simple));
}

/// Nobody has neither creators nor addresses.
Expected<Person> find_person(SQLite::Database& database, const std::string& who) {
  auto profiles = profiles_where(database, "creator_id = ?1 COLLATE NOCASE", who);
  const auto simple = simple_url(who);
  Person person;
  if (profiles.empty() && !simple.empty()) {
    profiles = profiles_at(database, simple);
    const bool is_engager = !engagers(database, [&](const auto& url) { return simple_url(url) == simple; }).empty();
    if (is_engager || !profiles.empty()) add_address(person, who);
  }
  if (profiles.empty() && simple.empty()) {
    profiles = profiles_where(database, "ltrim(handle, '@') = ltrim(?1, '@') COLLATE NOCASE AND handle <> ''", who);
    if (!are_one_person(profiles)) return several(who, profiles);
  }
  for (const auto& profile : profiles) {
    add_profile(person, profile);
    if (!profile.url) continue;
    add_address(person, *profile.url);
    // The same profile under another id is the same person.
    for (const auto& other : profiles_at(database, simple_url(*profile.url))) add_profile(person, other);
  }
  return person;
}

bool is_of_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || byte >= 0x80 || c == '-' || c == '_' || c == '%';
}

/// A point ends a sentence, unless the word goes on after it.
bool goes_on(std::string_view rest) {
  if (rest.starts_with('.')) rest.remove_prefix(1);
  return !rest.empty() && is_of_word(rest.front());
}

/// The text without the word wherever it stands by itself: "/in/ada" is not "/in/ada-lovelace".
std::string blanked(std::string text, const std::string& word) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
    const auto end = at + word.size();
    const bool is_part = (at > 0 && is_of_word(text[at - 1])) || goes_on(std::string_view{text}.substr(end));
    if (is_part) {
      at = end;
      continue;
    }
    text.replace(at, word.size(), kBlank);
    at += kBlank.size();
  }
  return text;
}

/// One erasure inside a transaction.
class Eraser {
 public:
  Eraser(SQLite::Database& database, Forgotten& forgotten, Ledger& ledger, WallTime now)
      : database_(database), forgotten_(forgotten), ledger_(ledger), now_(now) {}

  std::vector<ErasedRows> erase(const Person& person) {
    remember(person);
    for (const auto creator : person.creators) erase_creator(creator);
    count("audience_engagers", take_out({"audience_engager_rows", "match_key", "position"},
                                        engagers(database_, [&](const auto& url) { return forgotten_.has_url(url); })));
    erase_mentions(person);
    std::erase_if(erased_, [](const ErasedRows& rows) { return rows.rows == 0; });
    return std::move(erased_);
  }

 private:
  /// A table whose rows are numbered 1, 2, 3 … within a group.
  struct Numbered {
    std::string table, group, number;
  };

  void remember(const Person& person) {
    for (const auto& address : person.addresses) {
      simple_url(address).empty() ? forgotten_.add_id(address, now_) : forgotten_.add_url(address, now_);
    }
  }

  void erase_creator(CreatorKey creator) {
    const std::string matches = " WHERE match_key IN (SELECT match_key FROM ";
    const std::string own = " WHERE creator_key = ?1";
    const auto remove = [&](const char* relation, const std::string& from) {
      count(relation, Query(database_, "DELETE FROM " + from).run(creator));
    };
    remove("content_match_posts", "content_match_post_rows" + matches + "content_match_rows" + own + ")");
    remove("content_matches", "content_match_rows" + own);
    remove("audience_engagers", "audience_engager_rows" + matches + "audience_match_rows" + own + ")");
    remove("audience_companies", "audience_company_rows" + matches + "audience_match_rows" + own + ")");
    remove("audience_job_titles", "audience_job_title_rows" + matches + "audience_match_rows" + own + ")");
    remove("audience_matches", "audience_match_rows" + own);
    remove("enrichments", "enrichment_rows" + own);
    remove("thought_leaders", "thought_leader_rows" + own);
    remove("published_creators", "published_creator_rows" + own);
    count("backfill_creators", take_out_creator({"backfill_creator_rows", "run_key", "position"}, creator));
    count("stage_creators", take_out_creator({"stage_creator_rows", "stage_key", "position"}, creator));
    Query(database_,
          "UPDATE search_page_rows SET new_count = new_count - 1 WHERE (stage_key, page) IN"
          " (SELECT stage_key, page FROM search_hit_rows WHERE creator_key = ?1)")
        .run(creator);
    remove("search_hit_posts", "search_hit_post_rows" + own);
    remove("search_hit_evidence", "search_hit_evidence_rows" + own);
    remove("creator_details", "creator_detail_rows" + own);
    count("search_hits", take_out_creator({"search_hit_rows", "stage_key", "rank"}, creator));
    remove("creator_tags", "creator_tag_rows" + own);
    remove("creator_metrics", "creator_metric_rows" + own);
    end_jobs(creator);
    remove("creators", "creators" + own);
  }

  std::int64_t take_out_creator(const Numbered& in, CreatorKey creator) {
    Query query(database_, "SELECT " + in.group + ", " + in.number + " FROM " + in.table +
                               " WHERE creator_key = ?1 ORDER BY 1, 2 DESC");
    Places places;
    query.each([&](const Row& row) { places.emplace_back(row.integer(0), row.integer(1)); }, creator);
    return take_out(in, places);
  }

  /// Deletes the rows, the last of each group first, and closes the gaps.
  std::int64_t take_out(const Numbered& in, const Places& places) {
    const auto& [table, group, number] = in;
    const auto of_group = " WHERE " + group + " = ?1 AND " + number;
    Query remove(database_, "DELETE FROM " + table + of_group + " = ?2");
    // By way of negative numbers, so that no two rows ever have the same.
    Query lift(database_, "UPDATE " + table + " SET " + number + " = 1 - " + number + of_group + " > ?2");
    Query lower(database_, "UPDATE " + table + " SET " + number + " = -" + number + of_group + " < 0");
    for (const auto& [key, place] : places) {
      remove.run(key, place);
      lift.run(key, place);
      lower.run(key);
    }
    return static_cast<std::int64_t>(places.size());
  }

  /// What the API still works on ends here: its result will not be fetched, so it counts as used.
  void end_jobs(CreatorKey creator) {
    Query awaited(database_,
                  "SELECT job_key, credits_open FROM job_rows"
                  " WHERE creator_key = ?1 AND (status IN ('queued', 'running') OR details_pending = 1)");
    std::vector<std::pair<JobKey, Credits>> jobs;
    awaited.each([&](const Row& row) { jobs.emplace_back(row.key<JobKey>(0), row.integer(1)); }, creator);
    for (const auto& [job, open] : jobs) ledger_.settle(job, {open, "price_table"}, {now_, {}});
    count("jobs", Query(database_,
                        "UPDATE job_rows SET creator_key = NULL, external_id = NULL, error_message = NULL,"
                        " raw_json = NULL, details_pending = 0,"
                        " error_code = iif(status IN ('queued', 'running'), 'FORGOTTEN', error_code),"
                        " finished_at = iif(status IN ('queued', 'running'), ?2, finished_at),"
                        " status = iif(status IN ('queued', 'running'), 'canceled', status) WHERE creator_key = ?1")
                      .run(creator, now_));
  }

  /// Where other rows name the person: in raw records, requests, errors.
  void erase_mentions(const Person& person) {
    Query columns(database_,
                  "SELECT t.name, c.name FROM pragma_table_list t, pragma_table_xinfo(t.name) c"
                  " WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
                  " AND t.name <> 'forgotten_rows' AND c.type = 'TEXT' AND c.hidden = 0");
    std::vector<std::pair<std::string, std::string>> all;
    columns.each([&](const Row& row) { all.emplace_back(row.text(0), row.text(1)); });
    std::int64_t changed = 0;
    for (const auto& [table, column] : all) changed += erase_in(table, column, person);
    count("mentions elsewhere", changed);
  }

  std::int64_t erase_in(const std::string& table, const std::string& column, const Person& person) {
    const bool is_record = column.ends_with("_json");
    const bool is_message = column.starts_with("error");
    std::vector<std::pair<std::string, std::string>> changes;
    const auto look = [&](const Row& row) {
      const auto before = row.text(0);
      auto after = is_record ? forgotten_.without_them(before) : before;
      for (const auto& address : person.addresses) after = blanked(std::move(after), address);
      if (is_message) {
        for (const auto& name : person.names) after = blanked(std::move(after), name);
      }
      if (after != before) changes.emplace_back(before, std::move(after));
    };
    Query(database_, "SELECT DISTINCT " + column + " FROM " + table + " WHERE " + column + " IS NOT NULL").each(look);
    Query update(database_, "UPDATE " + table + " SET " + column + " = ?2 WHERE " + column + " = ?1");
    std::int64_t changed = 0;
    for (const auto& [before, after] : changes) changed += update.run(before, after);
    return changed;
  }

  void count(const std::string& relation, std::int64_t rows) {
    const auto known = std::ranges::find(erased_, relation, &ErasedRows::relation);
    known == erased_.end() ? erased_.push_back({relation, rows}) : void(known->rows += rows);
  }

  SQLite::Database& database_;
  Forgotten& forgotten_;
  Ledger& ledger_;
  WallTime now_;
  std::vector<ErasedRows> erased_;
};

/// Leaves no byte of what was deleted in the files.
Expected<void> wipe(Store& store) {
  const std::string hint = "toksync db vacuum does the rest";
  const auto vacuumed = vacuum(store);
  if (!vacuumed) {
    return unexpected(ErrorKind::database, "wipe what was erased",
                      vacuumed.error().cause + "; the rows are gone, but their bytes may still be in the file",
                      vacuumed.error().hint + "; then " + hint);
  }
  if (!vacuumed->log_is_read) return {};
  return unexpected(ErrorKind::database, "wipe what was erased",
                    "another program reads the database; the rows are gone, but their bytes are still in its log",
                    "when the other program is done, " + hint);
}

}  // namespace

Expected<Erasure> Store::forget(const std::string& who, WallTime now, bool dry_run) {
  auto& database = impl_->database;
  // What is deleted is overwritten, so that even a crash before the vacuum leaves little.
  database.exec("PRAGMA secure_delete = ON");
  Erasure erasure;
  {
    Transaction transaction(database, "forget");
    const auto person = find_person(database, who);
    if (!person) return tl::unexpected(person.error());
    if (person->addresses.empty()) {
      if (!impl_->forgotten.has(who, who)) {
        return unexpected(ErrorKind::usage, "forget " + who, "nobody here has that id, handle or profile URL",
                          "the relation creators lists them; an audience is known by profile URL only");
      }
      erasure.was_forgotten = true;
    }
    erasure.rows = Eraser(database, impl_->forgotten, impl_->ledger, now).erase(*person);
    if (dry_run) {
      impl_->forgotten.read_again();
      return erasure;
    }
    transaction.commit();
  }
  if (const auto wiped = wipe(*this); !wiped) return tl::unexpected(wiped.error());
  return erasure;
}

}  // namespace toksync::store
