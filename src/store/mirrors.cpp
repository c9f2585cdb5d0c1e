#include "store/mirrors.hpp"

#include "model/enum_names.hpp"
#include "store/impl.hpp"
#include "store/mirror_queries.hpp"

namespace toksync::store {
namespace {

constexpr EnumNames<WalkStatus, 5> kStatuses{{{WalkStatus::running, "running"},
                                              {WalkStatus::succeeded, "succeeded"},
                                              {WalkStatus::incomplete, "incomplete"},
                                              {WalkStatus::not_entitled, "not_entitled"},
                                              {WalkStatus::failed, "failed"}}};

constexpr const char* kWalkColumns =
    "walk_key, source, resource, status, rows_read, rows_new, rows_changed, rows_missing, since, watermark, error,"
    " finished_at";

WalkRow read_walk(const Row& row) {
  return {.key = row.key<WalkKey>(0),
          .source = row.text(1),
          .resource = row.text(2),
          .status = walk_status_from_string(row.text(3)).value(),
          .rows_read = row.integer(4),
          .rows_new = row.integer(5),
          .rows_changed = row.integer(6),
          .rows_missing = row.integer(7),
          .since = row.optional_text(8),
          .watermark = row.optional_text(9),
          .error = row.optional_text(10),
          .finished_at = row.optional_text(11)};
}

WalkSlice read_slice(const Row& row) { return {row.integer(0), row.text(1), row.text(2)}; }

constexpr const char* kRowsMoved =
    "rows moved between the pages while they were read, twice: nothing was marked as missing";

/// What a page changed.
struct Counts {
  std::int64_t read = 0, added = 0, changed = 0, missing = 0;
};

struct WalkQueries {
  explicit WalkQueries(SQLite::Database& database)
      : of_run(database, std::string{"SELECT "} + kWalkColumns +
                             " FROM mirror_walk_rows WHERE run_key = ?1 AND source = ?2 AND resource = ?3"
                             " ORDER BY walk_key DESC LIMIT 1"),
        last_complete(database, std::string{"SELECT "} + kWalkColumns +
                                    " FROM mirror_walk_rows WHERE source = ?1 AND resource = ?2"
                                    " AND status = 'succeeded' ORDER BY walk_key DESC LIMIT 1"),
        all_of_run(database, std::string{"SELECT "} + kWalkColumns +
                                 " FROM mirror_walk_rows w WHERE run_key = ?1 AND walk_key ="
                                 " (SELECT max(n.walk_key) FROM mirror_walk_rows n WHERE n.run_key = w.run_key"
                                 "  AND n.source = w.source AND n.resource = w.resource) ORDER BY walk_key"),
        by_key(database, std::string{"SELECT "} + kWalkColumns + " FROM mirror_walk_rows WHERE walk_key = ?1"),
        insert(database,
               "INSERT INTO mirror_walk_rows (run_key, source, resource, status, since, started_at)"
               " VALUES (?1, ?2, ?3, 'running', ?4, ?5)"),
        insert_slice(database, "INSERT INTO mirror_slice_rows (walk_key, position, slice) VALUES (?1, ?2, ?3)"),
        slices(database,
               "SELECT position, slice, page FROM mirror_slice_rows WHERE walk_key = ?1 AND is_done = 0"
               " ORDER BY position"),
        turn_page(database,
                  "UPDATE mirror_slice_rows SET page = ?3, is_done = ?4 WHERE walk_key = ?1 AND position = ?2"),
        read_again(database,
                   "UPDATE mirror_slice_rows SET is_done = 0, was_read = 1"
                   " WHERE walk_key = ?1 AND position = ?2 AND was_read = 0"),
        doubt(database, "UPDATE mirror_walk_rows SET error = ?2 WHERE walk_key = ?1"),
        count(database,
              "UPDATE mirror_walk_rows SET rows_read = rows_read + ?2, rows_new = rows_new + ?3,"
              " rows_changed = rows_changed + ?4, rows_missing = rows_missing + ?5 WHERE walk_key = ?1"),
        finish(database,
               "UPDATE mirror_walk_rows SET status = ?2, error = ?3, finished_at = ?4, watermark = ?5"
               " WHERE walk_key = ?1"),
        drop_slices(database, "DELETE FROM mirror_slice_rows WHERE walk_key = ?1"),
        drop_others(database,
                    "DELETE FROM mirror_slice_rows WHERE walk_key IN (SELECT walk_key FROM mirror_walk_rows"
                    " WHERE source = ?1 AND resource = ?2 AND status = 'running')"),
        give_up_others(database,
                       "UPDATE mirror_walk_rows SET status = 'failed', finished_at = ?3,"
                       " error = 'given up for a later walk' WHERE source = ?1 AND resource = ?2"
                       " AND status = 'running'") {}

  Query of_run, last_complete, all_of_run, by_key, insert, insert_slice, slices, turn_page, read_again, doubt, count,
      finish, drop_slices, drop_others, give_up_others;
};

}  // namespace

std::string_view to_string(WalkStatus status) { return name_of(kStatuses, status); }
std::optional<WalkStatus> walk_status_from_string(std::string_view text) { return value_of(kStatuses, text); }

struct Mirrors::Impl {
  explicit Impl(Store& store) : database(store.database()), runs(database), walks(database) {}

  MirrorQueries& queries_of(const MirrorResource& resource) {
    auto& found = queries[resource.name];
    if (!found) found = std::make_unique<MirrorQueries>(database, resource);
    return *found;
  }

  Counts put_row(const MirrorCommit& commit, const MirrorRow& row, WallTime now);
  Counts put_page(const MirrorCommit& commit, WallTime now);
  Counts replace_slice(const MirrorCommit& commit, WallTime now);
  bool misses_rows(const MirrorCommit& commit);
  void put_history(const MirrorCommit& commit, const MirrorRow& row);

  SQLite::Database& database;
  RunQueries runs;
  WalkQueries walks;
  std::map<std::string_view, std::unique_ptr<MirrorQueries>> queries{};
};

namespace {

std::vector<Value> keys_of(const MirrorCommit& commit, const MirrorRow& row) {
  std::vector<Value> keys{commit.source};
  keys.insert(keys.end(), row.values.begin(), row.values.begin() + commit.resource->keys);
  return keys;
}

}  // namespace

void Mirrors::Impl::put_history(const MirrorCommit& commit, const MirrorRow& row) {
  if (!commit.history || commit.resource->history_table.empty()) return;
  auto values = keys_of(commit, row);
  values.emplace_back(commit.day);
  for (std::size_t index = 0; index < commit.resource->columns.size(); ++index) {
    if (commit.resource->columns[index].in_history) values.push_back(row.values[index]);
  }
  queries_of(*commit.resource).history.run_values(values);
}

Counts Mirrors::Impl::put_row(const MirrorCommit& commit, const MirrorRow& row, WallTime now) {
  auto& of = queries_of(*commit.resource);
  auto values = keys_of(commit, row);
  const auto before = of.find.first_of_values([](const Row& found) { return found.text(0); }, values);
  values.insert(values.end(), row.values.begin() + commit.resource->keys, row.values.end());
  values.emplace_back(to_iso8601(now));
  values.emplace_back(static_cast<std::int64_t>(commit.walk));
  values.emplace_back(row.raw_json);
  const bool is_known = before && commit.resource->keeping != Keeping::replaced;
  (is_known ? of.update : of.insert).run_values(values);
  put_history(commit, row);
  return {.read = 1, .added = before ? 0 : 1, .changed = before && *before != row.raw_json ? 1 : 0};
}

Counts Mirrors::Impl::put_page(const MirrorCommit& commit, WallTime now) {
  Counts counts;
  for (const auto& row : commit.rows) {
    const auto one = put_row(commit, row, now);
    counts.read += one.read;
    counts.added += one.added;
    counts.changed += one.changed;
  }
  return counts;
}

Counts Mirrors::Impl::replace_slice(const MirrorCommit& commit, WallTime now) {
  if (commit.next_page) return {};
  auto& of = queries_of(*commit.resource);
  // What is there before tells what is new and what has changed; then the slice is as the API says now, and no more.
  auto counts = put_page(commit, now);
  const auto& slice = commit.slice.slice;
  const auto all = of.count_slice.integer(commit.source, slice).value_or(0);
  const auto seen = of.seen.integer(commit.source, slice, commit.walk).value_or(0);
  counts.missing = all - seen;
  of.clear_others.run(commit.source, slice, commit.walk);
  return counts;
}

bool Mirrors::Impl::misses_rows(const MirrorCommit& commit) {
  if (!commit.total || commit.resource->keeping != Keeping::marked) return false;
  // Fewer came for another reason: reading again would bring no more.
  const auto doubt = walks.by_key.first(read_walk, commit.walk).value().error;
  if (doubt && *doubt != kRowsMoved) return false;
  const auto seen = queries_of(*commit.resource).seen.integer(commit.source, commit.slice.slice, commit.walk);
  return seen.value_or(0) < *commit.total;
}

Mirrors::Mirrors(Store& store) : impl_(std::make_unique<Impl>(store)) {}
Mirrors::~Mirrors() = default;
Mirrors::Mirrors(Mirrors&&) noexcept = default;

std::optional<WalkRow> Mirrors::walk_of_run(RunKey run, std::string_view source, std::string_view resource) {
  return impl_->walks.of_run.first(read_walk, run, source, resource);
}

std::optional<WalkRow> Mirrors::last_complete_walk(std::string_view source, std::string_view resource) {
  return impl_->walks.last_complete.first(read_walk, source, resource);
}

WalkRow Mirrors::begin_walk(RunKey run, std::string_view source, std::string_view resource, const OptionalText& since,
                            std::span<const std::string> slices, WallTime now) {
  Transaction transaction(impl_->database, "begin_walk");
  impl_->walks.drop_others.run(source, resource);
  impl_->walks.give_up_others.run(source, resource, now);
  const auto walk = impl_->walks.insert.insert<WalkKey>(run, source, resource, since, now);
  std::int64_t position = 0;
  for (const auto& slice : slices) impl_->walks.insert_slice.run(walk, position++, slice);
  auto row = impl_->walks.by_key.first(read_walk, walk);
  transaction.commit();
  return std::move(row).value();
}

std::vector<WalkSlice> Mirrors::open_slices(WalkKey walk) {
  std::vector<WalkSlice> slices;
  impl_->walks.slices.each([&slices](const Row& row) { slices.push_back(read_slice(row)); }, walk);
  return slices;
}

std::vector<std::string> Mirrors::parents(const MirrorResource& resource, std::string_view source) {
  std::vector<std::string> slices;
  impl_->queries_of(resource).parents.each([&slices](const Row& row) { slices.push_back(row.text(0)); }, source);
  return slices;
}

std::int64_t Mirrors::count_seen(const MirrorResource& resource, std::string_view source, std::string_view slice,
                                 WalkKey walk) {
  return impl_->queries_of(resource).seen.integer(source, slice, walk).value_or(0);
}

PageCommitted Mirrors::commit_page(const MirrorCommit& commit, RunKey run, const RequestLog& request) {
  Transaction transaction(impl_->database, "commit_mirror_page");
  log_request(impl_->runs, run, request);
  const bool replaces = commit.resource->keeping == Keeping::replaced;
  const auto counts = replaces ? impl_->replace_slice(commit, request.at) : impl_->put_page(commit, request.at);
  impl_->walks.count.run(commit.walk, counts.read, counts.added, counts.changed, counts.missing);
  const auto& slice = commit.slice;
  impl_->walks.turn_page.run(commit.walk, slice.position, commit.next_page.value_or(""), !commit.next_page);
  if (commit.doubt) impl_->walks.doubt.run(commit.walk, *commit.doubt);
  auto committed = PageCommitted::goes_on;
  if (!commit.next_page && impl_->misses_rows(commit)) {
    // Once more, and if that is no better, the walk does not claim to have seen everything.
    const bool is_second = impl_->walks.read_again.run(commit.walk, slice.position) == 0;
    if (is_second) impl_->walks.doubt.run(commit.walk, kRowsMoved);
    committed = is_second ? PageCommitted::goes_on : PageCommitted::read_again;
  }
  transaction.commit();
  return committed;
}

WalkRow Mirrors::finish_walk(WalkKey walk, const MirrorResource& resource, std::string_view source, WalkStatus status,
                             const OptionalText& error, WallTime now) {
  Transaction transaction(impl_->database, "finish_walk");
  auto& of = impl_->queries_of(resource);
  const auto doubt = impl_->walks.by_key.first(read_walk, walk).value().error;
  if (status == WalkStatus::succeeded && doubt) status = WalkStatus::incomplete;
  OptionalText watermark;
  if (status == WalkStatus::succeeded) {
    if (resource.keeping == Keeping::marked) {
      impl_->walks.count.run(walk, 0, 0, 0, of.mark_missing.run(source, walk, now));
    }
    const auto read = [](const Row& row) { return row.optional_text(0); };
    if (!resource.watermark.empty()) watermark = of.watermark.first(read, source).value_or(std::nullopt);
  }
  impl_->walks.finish.run(walk, to_string(status), error ? error : doubt, now, watermark);
  impl_->walks.drop_slices.run(walk);
  auto row = impl_->walks.by_key.first(read_walk, walk);
  transaction.commit();
  return std::move(row).value();
}

std::vector<WalkRow> Mirrors::walks_of_run(RunKey run) {
  std::vector<WalkRow> walks;
  impl_->walks.all_of_run.each([&walks](const Row& row) { walks.push_back(read_walk(row)); }, run);
  return walks;
}

}  // namespace toksync::store
