// Lists in an account's workspace: which are known, who is in them, and what was sent without an answer yet.
#include "store/publishing.hpp"

#include <set>

#include "base/json_text.hpp"
#include "store/impl.hpp"

namespace toksync::store {
namespace {

constexpr const char* kShortlisted =
    "SELECT creator_key, creator_id FROM"
    " (SELECT c.creator_key, s.creator_id, s.combined_score, s.rank, row_number() OVER"
    "   (PARTITION BY s.keyword_set ORDER BY s.combined_score DESC NULLS LAST, s.rank) AS place"
    "   FROM shortlist s JOIN creators c USING (creator_id)"
    "   WHERE s.pipeline = ?1 AND s.keyword_set IN (SELECT value FROM json_each(?2)))"
    " WHERE place <= ?3 AND (?4 IS NULL OR combined_score >= ?4)"
    " ORDER BY combined_score DESC NULLS LAST, rank, creator_id";

std::string json_of(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ",") + quote_json(name);
  return "[" + list + "]";
}

KnownList read_list(const Row& row) { return {row.key<ListKey>(0), row.optional_text(1), row.optional_time(2)}; }

constexpr const char* kListById =
    "SELECT list_key, list_id, creation_sent_at FROM creator_list_rows WHERE base_url = ?1 AND list_id = ?2";
// One that is gone may have made room for another of its name.
constexpr const char* kListByName =
    "SELECT list_key, list_id, creation_sent_at FROM creator_list_rows"
    " WHERE base_url = ?1 AND name = ?2 AND gone_at IS NULL ORDER BY list_key DESC LIMIT 1";

}  // namespace

PublishingQueries::PublishingQueries(SQLite::Database& database)
    : by_id(database, kListById),
      by_name(database, kListByName),
      insert_list(database, "INSERT INTO creator_list_rows (base_url, name, list_id) VALUES (?1, ?2, ?3)"),
      ask(database, "UPDATE creator_list_rows SET creation_sent_at = ?2 WHERE list_key = ?1"),
      same_list(database,
                "SELECT o.list_key FROM creator_list_rows l JOIN creator_list_rows o ON o.base_url = l.base_url"
                " WHERE l.list_key = ?1 AND o.list_id = ?2"),
      found(database,
            "UPDATE creator_list_rows SET list_id = ?2, name = coalesce(?3, name), total = coalesce(?4, total),"
            " creation_sent_at = NULL, gone_at = NULL WHERE list_key = ?1"),
      move_publications(database, "UPDATE publication_rows SET list_key = ?2 WHERE list_key = ?1"),
      delete_list(database, "DELETE FROM creator_list_rows WHERE list_key = ?1"),
      name_of(database, "SELECT name FROM creator_list_rows WHERE list_key = ?1"),
      total(database, "UPDATE creator_list_rows SET total = coalesce(?2, total) WHERE list_key = ?1"),
      gone(database, "UPDATE creator_list_rows SET gone_at = ?2 WHERE list_key = ?1"),
      open_addition(database,
                    "SELECT addition_key, sent_at, creators, total_before FROM list_addition_rows"
                    " WHERE list_key = ?1 AND status = 'sent' ORDER BY addition_key LIMIT 1"),
      sent_creators(database,
                    "SELECT p.creator_key, c.creator_id FROM published_creator_rows p JOIN creators c"
                    " USING (creator_key) WHERE p.addition_key = ?1 ORDER BY p.creator_key"),
      insert_addition(database,
                      "INSERT INTO list_addition_rows (list_key, run_key, sent_at, creators, total_before)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)"),
      insert_creator(database,
                     "INSERT INTO published_creator_rows (list_key, creator_key, addition_key) VALUES (?1, ?2, ?3)"),
      settle_addition(database,
                      "UPDATE list_addition_rows SET status = ?2, settled_at = ?3,"
                      " request_id = coalesce(?4, request_id) WHERE addition_key = ?1"),
      list_of_addition(database, "SELECT list_key FROM list_addition_rows WHERE addition_key = ?1"),
      delete_creators(database, "DELETE FROM published_creator_rows WHERE addition_key = ?1"),
      delete_addition(database, "DELETE FROM list_addition_rows WHERE addition_key = ?1"),
      publication(database,
                  "INSERT INTO publication_rows (run_key, list_key, chosen) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT (run_key) DO UPDATE SET list_key = excluded.list_key, chosen = excluded.chosen,"
                  " error = NULL"),
      trouble(database, "UPDATE publication_rows SET error = ?2 WHERE run_key = ?1") {}

std::vector<Publishable> shortlisted(Store& store, const ShortlistPart& part) {
  std::vector<Publishable> creators;
  std::set<CreatorKey> seen;
  Query query(store.database(), kShortlisted);
  const auto add = [&](const Row& row) {
    const auto key = row.key<CreatorKey>(0);
    if (seen.insert(key).second) creators.push_back({key, row.text(1)});
  };
  query.each(add, part.pipeline, json_of(part.keyword_sets), part.top, part.min_score);
  return creators;
}

std::vector<Publishable> not_published(Store& store, std::optional<ListKey> list, std::vector<Publishable> creators) {
  if (!list) return creators;
  Query query(store.database(), "SELECT 1 FROM published_creator_rows WHERE list_key = ?1 AND creator_key = ?2");
  std::erase_if(creators, [&](const Publishable& one) { return query.integer(*list, one.creator).has_value(); });
  return creators;
}

std::optional<KnownList> find_list(Store& store, const WantedList& wanted) {
  Query query(store.database(), wanted.list_id ? kListById : kListByName);
  return query.first(read_list, wanted.base_url, wanted.list_id.value_or(wanted.name));
}

std::optional<PublicationRow> publication_of(Store& store, RunKey run) {
  Query query(store.database(),
              "SELECT list, list_id, chosen, added, unclear, error FROM publications"
              " WHERE run_id = (SELECT run_id FROM run_rows WHERE run_key = ?1)");
  const auto read = [](const Row& row) {
    return PublicationRow{row.text(0),    row.optional_text(1), row.integer(2),
                          row.integer(3), row.integer(4),       row.optional_text(5)};
  };
  return query.first(read, run);
}

KnownList Store::begin_publication(RunKey run, const WantedList& wanted, std::int64_t chosen) {
  auto& queries = impl_->publishing;
  Transaction transaction(impl_->database, "begin_publication");
  auto list = wanted.list_id ? queries.by_id.first(read_list, wanted.base_url, *wanted.list_id)
                             : queries.by_name.first(read_list, wanted.base_url, wanted.name);
  if (!list) {
    const auto key = queries.insert_list.insert<ListKey>(wanted.base_url, non_empty(wanted.name), wanted.list_id);
    list = KnownList{key, wanted.list_id, std::nullopt};
  }
  queries.publication.run(run, list->key, chosen);
  transaction.commit();
  return *list;
}

void Store::record_publication_trouble(RunKey run, std::string_view why) {
  Transaction transaction(impl_->database, "record_publication_trouble");
  impl_->publishing.trouble.run(run, why);
  transaction.commit();
}

void Store::record_list_asked_for(ListKey list, WallTime now) {
  Transaction transaction(impl_->database, "record_list_asked_for");
  impl_->publishing.ask.run(list, now);
  transaction.commit();
}

void Store::record_list_not_made(ListKey list, RunKey run, const RequestLog& request) {
  Transaction transaction(impl_->database, "record_list_not_made");
  (void)impl_->log_request(run, request);
  impl_->publishing.ask.run(list, std::nullopt);
  transaction.commit();
}

ListKey Store::record_list_found(ListKey list, const CreatorList& found, RunKey run, const RequestLog* request) {
  auto& queries = impl_->publishing;
  Transaction transaction(impl_->database, "record_list_found");
  if (request != nullptr) (void)impl_->log_request(run, *request);
  const auto same = queries.same_list.integer(list, found.id);
  const auto key = same ? static_cast<ListKey>(*same) : list;
  const auto name = queries.name_of.first([](const Row& row) { return row.optional_text(0); }, list);
  queries.found.run(key, found.id, name.value_or(std::nullopt), found.total);
  if (key != list) {
    // It was known by its id, and now by its name, too.
    queries.move_publications.run(list, key);
    queries.delete_list.run(list);
  }
  transaction.commit();
  return key;
}

void Store::record_list_gone(ListKey list, WallTime now) {
  Transaction transaction(impl_->database, "record_list_gone");
  impl_->publishing.gone.run(list, now);
  transaction.commit();
}

std::optional<OpenAddition> Store::open_addition(ListKey list) {
  auto& queries = impl_->publishing;
  const auto read = [](const Row& row) {
    return OpenAddition{row.key<AdditionKey>(0),
                        row.optional_time(1).value_or(WallTime{}),
                        {},
                        row.integer(2),
                        row.optional_integer(3)};
  };
  auto addition = queries.open_addition.first(read, list);
  if (!addition) return std::nullopt;
  const auto add = [&](const Row& row) { addition->creators.push_back({row.key<CreatorKey>(0), row.text(1)}); };
  queries.sent_creators.each(add, addition->key);
  return addition;
}

OpenAddition Store::record_addition(ListKey list, RunKey run, std::vector<Publishable> creators,
                                    OptionalCount total_before, WallTime now) {
  auto& queries = impl_->publishing;
  Transaction transaction(impl_->database, "record_addition");
  const auto count = static_cast<std::int64_t>(creators.size());
  const auto key = queries.insert_addition.insert<AdditionKey>(list, run, now, count, total_before);
  for (const auto& one : creators) queries.insert_creator.run(list, one.creator, key);
  transaction.commit();
  return {key, now, std::move(creators), count, total_before};
}

void Store::record_added(AdditionKey addition, OptionalCount total, RunKey run, const RequestLog* request,
                         WallTime now) {
  auto& queries = impl_->publishing;
  Transaction transaction(impl_->database, "record_added");
  if (request != nullptr) (void)impl_->log_request(run, *request);
  const auto request_id = request != nullptr ? non_empty(request->request_id) : std::nullopt;
  queries.settle_addition.run(addition, "added", now, request_id);
  queries.total.run(queries.list_of_addition.integer(addition).value(), total);
  transaction.commit();
}

void Store::record_not_added(AdditionKey addition, RunKey run, const RequestLog* request) {
  Transaction transaction(impl_->database, "record_not_added");
  if (request != nullptr) (void)impl_->log_request(run, *request);
  impl_->publishing.delete_creators.run(addition);
  impl_->publishing.delete_addition.run(addition);
  transaction.commit();
}

void Store::record_addition_unclear(AdditionKey addition, WallTime now) {
  Transaction transaction(impl_->database, "record_addition_unclear");
  impl_->publishing.settle_addition.run(addition, "unclear", now, std::nullopt);
  transaction.commit();
}

}  // namespace toksync::store
