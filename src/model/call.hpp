// Everything toksync can ask of a provider, as plain values: a stage makes them, `api` turns them into
// requests. What costs credits says so in is_billable().
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "model/creator.hpp"
#include "model/stage_config.hpp"

namespace toksync {

// --- billable: each of these may cost credits the moment it is sent ---

struct DiscoverySearch {
  std::vector<std::string> keywords;
  std::string mode = "auto";
  Filters filters;
  int limit = 100;  ///< 1..100
  int offset = 0;
};

struct DatabaseSearch {
  Platform platform = Platform::linkedin;
  OptionalText query, sort_by, sort_order;
  Filters filters;
  int limit = 100;  ///< 1..100
  OptionalText cursor;
};

struct StartEnrichment {
  std::vector<std::string> creator_ids;
};

struct StartContentMatch {
  std::vector<std::string> creator_ids;
  std::vector<std::string> topic_keywords;
  int posts_to_analyze = 10;
  OptionalText campaign_id{};  ///< whose keywords count in place of topic_keywords
};

struct StartAudienceMatch {
  std::vector<std::string> creator_ids;
  std::vector<std::string> criteria;
  AnalysisDepth analysis_depth = AnalysisDepth::quick_scan;
  OptionalText campaign_id{};  ///< whose criteria count in place of these
};

struct StartThoughtLeaders {
  std::vector<std::string> keywords;
  std::string mode;
  ThoughtLeadersConfig config;
};

// --- free reads; `wait` is how long the server may hold the request, 0..30 s ---

struct ReadEnrichments {
  std::vector<std::string> creator_ids;  ///< or their jobs' ids, where results are read by start (api::Ways)
  bool full_detail = true;
  Seconds wait{0};
};

/// Results by job, or the latest analysis of each creator, perhaps for a campaign: one of the two lists is empty.
struct ReadContentMatches {
  std::vector<std::string> job_ids;
  Seconds wait{0};
  std::vector<std::string> creator_ids{};
  OptionalText campaign_id{};
};

struct ReadContentPosts {
  std::vector<std::string> job_ids;
  int posts_per_creator = 3;  ///< 1..10
};

/// Likewise.
struct ReadAudienceMatches {
  std::vector<std::string> job_ids;
  Seconds wait{0};
  std::vector<std::string> creator_ids{};
  OptionalText campaign_id{};
};

struct ReadAudienceDetails {
  std::vector<std::string> job_ids;
  int engagers = 10;  ///< 1..30
};

struct ReadThoughtLeaders {
  std::vector<std::string> job_ids;  ///< 1..20
};

struct ReadUsage {
  std::string month;  ///< "2026-05"
};

/// Ends a job that runs; what it has not used comes back. Free.
struct CancelThoughtLeaders {
  std::string job_id;
};

/// The posts behind hits of a discovery search with these keywords.
struct ReadHitPosts {
  std::vector<std::string> creator_ids;
  std::vector<std::string> keywords;
  int posts_per_creator = 3;  ///< 1..10
};

/// The full record of one creator.
struct ReadCreator {
  std::string creator_id;
  Platform platform = Platform::linkedin;
};

// --- lists of creators in the workspace of the account; free ---

struct ReadCreatorLists {
  int limit = 100;  ///< 1..100
  int offset = 0;
};

struct CreateCreatorList {
  std::string name;
  std::string description;
  Platform platform = Platform::linkedin;
};

struct SaveToCreatorList {
  std::string list_id;
  std::vector<std::string> creator_ids;  ///< 1..100
};

using Call = std::variant<DiscoverySearch, DatabaseSearch, StartEnrichment, StartContentMatch, StartAudienceMatch,
                          StartThoughtLeaders, ReadEnrichments, ReadContentMatches, ReadContentPosts,
                          ReadAudienceMatches, ReadAudienceDetails, ReadThoughtLeaders, ReadUsage, CancelThoughtLeaders,
                          ReadHitPosts, ReadCreator, ReadCreatorLists, CreateCreatorList, SaveToCreatorList>;

/// True for the calls that may cost credits, and therefore need an intent before they are sent.
[[nodiscard]] bool is_billable(const Call& call);

/// True for the calls that must not simply be sent again when their answer is lost: they may have been carried out, and
/// twice would be once too often. Those that cost credits, and those that change a list.
[[nodiscard]] bool is_to_happen_once(const Call& call);

/// How long the server may hold this call.
[[nodiscard]] Seconds wait_of(const Call& call);

}  // namespace toksync
