// What each stage wants: a keyword set becomes purchases, purchases become calls. Pure functions; no
// stage knows of providers, polling, credits or SQL. One file a stage, one line in registry.cpp.
// Used by `plan` (what is there to buy) and `engine` (what to send).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/call.hpp"
#include "model/credits.hpp"
#include "model/stage_config.hpp"
#include "model/stage_name.hpp"

namespace toksync::stages {

/// One kind of work a stage buys for one keyword set. Two purchases with equal criteria are the same
/// work: within refresh_after it is bought once for each creator.
struct Purchase {
  std::string criteria;  ///< canonical JSON: what is looked for
  PriceItem price_item{};
  std::int64_t units = 1;  ///< how many times the price one job costs at most
  RefreshAfter refresh_after;
  std::string mode;  ///< thought leaders only
};

/// How a stage that works on creators chooses and groups them.
struct CreatorChoice {
  Select select;
  int batch_size = 50;
};

/// What a start is about; each stage reads the fields that concern it.
struct StartInput {
  std::vector<std::string> creator_ids;
  OptionalText cursor;  ///< search: where the page begins
  int limit = 100;      ///< search: profiles wanted from this page, 1..100
};

/// How much to read back of what was bought.
struct ReadOptions {
  bool full_detail = true;
  int evidence_posts = 3;  ///< 0: none
  int engagers = 10;       ///< 0: none
};

class Stage {
 public:
  virtual ~Stage() = default;
  [[nodiscard]] virtual StageName name() const = 0;
  /// Empty when the stage does not run for this keyword set; several for several modes.
  [[nodiscard]] virtual std::vector<Purchase> purchases(const KeywordSet& keyword_set) const = 0;
  /// Nothing for stages that do not work on creators (search, thought leaders).
  [[nodiscard]] virtual std::optional<CreatorChoice> choice(const KeywordSet& keyword_set) const = 0;
  /// The billable call.
  [[nodiscard]] virtual Call start(const KeywordSet& keyword_set, const Purchase& purchase, StartInput input) const = 0;
  /// The free call that reads results: by creator ids for enrichment, by job ids elsewhere; nothing for
  /// search, whose results are its answer.
  [[nodiscard]] virtual std::optional<Call> read(std::vector<std::string> ids, const ReadOptions& options,
                                                 Seconds wait) const = 0;
  /// The free call that finds, by creator, what a start whose answer was lost has brought about; nothing for stages
  /// that leave no such trace (search, thought leaders). `campaign_id`: the campaign whose criteria it was to use.
  [[nodiscard]] virtual std::optional<Call> find(std::vector<std::string> creator_ids,
                                                 const OptionalText& campaign_id) const = 0;
  /// The free call that reads what lies behind the results, when there is such a thing and it is wanted.
  [[nodiscard]] virtual std::optional<Call> read_details(std::vector<std::string> job_ids,
                                                         const ReadOptions& options) const = 0;
};

/// The stage of that name.
[[nodiscard]] const Stage& stage(StageName name);

/// Hits in one question about the posts behind them: a page of a search. No maximum of ids is published
/// (contracts/toksta.md, "Families of jobs"); a lower one is learned.
inline constexpr std::size_t kHitsPerRead = 100;

/// How old the full record of a creator may be before it is fetched again: as old as what enrich buys.
[[nodiscard]] RefreshAfter refresh_of_details(const KeywordSet& keyword_set);

/// How much to read back for a pipeline: the most that any of its keyword sets asks for, and the usual for
/// a stage that none of them has.
[[nodiscard]] ReadOptions read_options(const std::vector<KeywordSet>& keyword_sets);

}  // namespace toksync::stages
