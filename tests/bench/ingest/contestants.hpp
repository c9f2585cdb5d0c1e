// Who takes part in bench_ingest in the program's own process: each reads all pages into a database that was
// prepared with a run, a search stage and its requests, all of them sent.
#pragma once

#include <string>

#include "pages.hpp"

namespace toksync::bench {

/// Makes the database that the contestants on our tables get a copy of: run 1, stage 1, and an intent a page.
void prepare(const std::string& path, int pages);

/// The real path: Provider::decode and Store::commit_search_page.
void ingest_for_real(const Pages& pages, const std::string& path);

/// The hand-written minimum: simdjson and SQLite's C API, same tables, same transactions, for answers that are
/// exactly as expected. It tolerates nothing, logs no request and books no credit.
void ingest_minimally(const Pages& pages, const std::string& path);

}  // namespace toksync::bench
