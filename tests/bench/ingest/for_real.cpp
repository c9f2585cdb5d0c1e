#include <stdexcept>

#include "api/provider.hpp"
#include "contestants.hpp"
#include "store/store.hpp"

namespace toksync::bench {
namespace {

constexpr StageKey kStage{1};
constexpr RunKey kRun{1};

store::Store opened(const std::string& path) {
  auto store = store::Store::open(path, store::OpenMode::read_write);
  if (!store) throw std::runtime_error(store.error().text());
  return std::move(*store);
}

/// The request for a page, as prepare() put it on record.
store::Intent intent_for(int page) { return {IntentKey{page}, {JobKey{page}}}; }

void commit(store::Store& store, const Answer& answer, int page) {
  if (!answer.payload) throw std::runtime_error(answer.payload.error().message);
  const auto& found = std::get<SearchPage>(*answer.payload);
  store::SearchPageCommit commit;
  commit.intent = intent_for(page);
  commit.stage = kStage;
  commit.creators = found.creators;
  commit.keep_at_most = kCreatorsPerPage;
  commit.search_mode = found.search_mode;
  commit.meta_json = found.meta_json;
  commit.charge = {1, "header"};
  commit.cursor_after = [page](std::int64_t /*new_creators*/) { return std::to_string(page * kCreatorsPerPage); };
  store.commit_search_page(commit, kRun,
                           {.at = Pages::received_at(page),
                            .method = "POST",
                            .path = "/v1/discovery/search",
                            .status = answer.http_status,
                            .request_id = answer.request_id,
                            .duration = Milliseconds{120},
                            .credit_cost = 1});
}

}  // namespace

void prepare(const std::string& path, int pages) {
  auto store = opened(path);
  const auto now = Pages::received_at(0);
  const auto run = store.begin_run({"run-1", "bench", "version = 1", "", "0.1.0"}, now);
  const auto criteria = store.ensure_criteria(StageName::search, "{}");
  const auto stage = store.ensure_stage(run.key, "all", StageName::search, criteria, now);
  for (int page = 1; page <= pages; ++page) {
    const auto intent = store.record_intent({.run = run.key,
                                             .stage = stage.key,
                                             .family = StageName::search,
                                             .criteria = criteria,
                                             .request_json = "{}",
                                             .jobs = {{std::nullopt, 1, 1}}},
                                            now);
    store.record_sent(intent, now);
    const auto expected = intent_for(page);
    if (run.key != kRun || stage.key != kStage || intent.key != expected.key || intent.jobs != expected.jobs) {
      throw std::logic_error("an empty database does not count from 1");
    }
  }
}

void ingest_for_real(const Pages& pages, const std::string& path) {
  const auto provider = *api::make_provider("toksta", {"http://127.0.0.1:9", Secret(std::string(52, '0'))});
  auto store = opened(path);
  for (int page = 1; page <= pages.count; ++page) {
    const Call call = DiscoverySearch{.keywords = {"logistics"}, .offset = (page - 1) * kCreatorsPerPage};
    const auto answer = provider->decode(call, http::Response{200, {}, pages.read(page)}, Pages::received_at(page));
    commit(store, answer, page);
  }
}

}  // namespace toksync::bench
