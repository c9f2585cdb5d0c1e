#include "pipeline/format.hpp"

#include <algorithm>
#include <array>

#include "pipeline/base_url.hpp"

namespace toksync::pipeline {
namespace {

using Names = std::string_view;

constexpr std::array<Names, kFormatVersion> kVersions{"1"};
constexpr std::array<Names, 4> kApiNames{"toksta", "toksta-partner", "tokportal", "toktra"};
constexpr std::array<Names, 2> kStageApis{"toksta", "toksta-partner"};
constexpr std::array<Names, 1> kToksta{"toksta"};
constexpr std::array<Names, 2> kMirrorApis{"tokportal", "toktra"};
constexpr std::array<Names, 1> kTokPortal{"tokportal"};
constexpr std::array<Names, 1> kToktra{"toktra"};
constexpr std::array<Names, 2> kHistories{"daily", "none"};
constexpr std::array<Names, 2> kPersonal{"email", "name"};
constexpr std::array<Names, 2> kPlatforms{"linkedin", "youtube"};
constexpr std::array<Names, 2> kShortfalls{"stop", "fit"};
constexpr std::array<Names, 3> kOutcomes{"failure", "partial", "success"};
constexpr std::array<Names, 2> kSearchKinds{"discovery", "database"};
constexpr std::array<Names, 4> kSearchModes{"auto", "strict", "balanced", "broad"};
constexpr std::array<Names, 9> kSortFields{
    "followers_count", "engagement_rate",   "avg_posts_per_month", "avg_views_per_post",
    "shares_per_post", "comments_per_post", "reactions_per_post",  "name",
    "updated_at"};
constexpr std::array<Names, 2> kSortOrders{"asc", "desc"};
constexpr std::array<Names, 2> kDetails{"summary", "full"};
constexpr std::array<Names, 3> kPosts{"10", "20", "30"};
constexpr std::array<Names, 3> kDepths{"quick_scan", "deep_dive", "comprehensive"};
constexpr std::array<Names, 3> kLeaderModes{"strict", "balanced", "broad"};
constexpr std::array<Names, 6> kOrders{"rank",          "score",         "followers", "engagement_rate",
                                       "content_score", "audience_score"};

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr Names kLower = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr Names kWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
constexpr Names kDigits = "0123456789";
constexpr Names kHex = "0123456789abcdefABCDEF";
constexpr std::size_t kLongestName = 100;

std::optional<std::string> pipeline_name_problem(std::string_view text) {
  if (all_of(text, kLower) && text.size() <= kLongestName) return std::nullopt;
  return "";
}

std::optional<std::string> set_name_problem(std::string_view text) {
  const auto letters = std::string{kWord} + "-";
  if (all_of(text, letters) && text.size() <= kLongestName) return std::nullopt;
  return "";
}

std::optional<std::string> variable_name_problem(std::string_view text) {
  if (all_of(text, kWord) && kDigits.find(text.front()) == Names::npos) return std::nullopt;
  return "";
}

/// As the API writes ids: 8-4-4-4-12 hexadecimal digits.
std::optional<std::string> uuid_problem(std::string_view text) {
  constexpr Names kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const auto fits = [](char c, char shape) { return shape == '-' ? c == '-' : kHex.find(c) != Names::npos; };
  if (std::ranges::equal(text, kShape, fits)) return std::nullopt;
  return "";
}

constexpr Form kPipelineName{"a name of 1 to 100 of a-z, 0-9 and -", "^[a-z0-9-]{1,100}$", pipeline_name_problem};
constexpr Form kKeywordSets{"one or more tables [keyword_sets.NAME]", ""};
constexpr Form kSetName{"a name of 1 to 100 of A-Z, a-z, 0-9, _ and -", "^[A-Za-z0-9_-]{1,100}$", set_name_problem};
constexpr Form kVariableName{"the name of an environment variable", "^[A-Za-z_][A-Za-z0-9_]*$", variable_name_problem};
constexpr Form kBaseUrl{"an https:// address, or an http:// one of this machine", "^https?://", base_url_problem};
constexpr Form kWebhook{"an https:// address, or an http:// one of this machine", "^https?://", webhook_problem};

constexpr Form kUuid{"an id such as \"c1a2b3d4-e5f6-4789-9abc-0123456789ab\"",
                     "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", uuid_problem};

constexpr double kDay = 86400;
constexpr Range kAges{0, 36500 * kDay};
constexpr Range kCredits{0, 1e12};
constexpr Range kPrices{0, 1e6};
constexpr Range kNotNegative{0};
constexpr Range kScores{0, 100};
constexpr Range kBatches{1, 200};

constexpr KeySpec table(Names in, Names key, Names meaning, Names same_as = "") {
  return {.table = in, .key = key, .kind = Kind::table, .same_as = same_as, .meaning = meaning};
}
constexpr KeySpec boolean(Names in, Names key, Names fallback, Names meaning) {
  return {.table = in, .key = key, .kind = Kind::boolean, .fallback = fallback, .meaning = meaning};
}
constexpr KeySpec integer(Names in, Names key, Range range, Names fallback, Names meaning) {
  return {.table = in, .key = key, .kind = Kind::integer, .range = range, .fallback = fallback, .meaning = meaning};
}
constexpr KeySpec number(Names in, Names key, Range range, Names fallback, Names meaning) {
  return {.table = in, .key = key, .kind = Kind::number, .range = range, .fallback = fallback, .meaning = meaning};
}
constexpr KeySpec text(Names in, Names key, Names fallback, Names meaning, const Form* form = nullptr) {
  return {.table = in, .key = key, .kind = Kind::text, .form = form, .fallback = fallback, .meaning = meaning};
}
constexpr KeySpec texts(Names in, Names key, Names meaning) {
  return {.table = in, .key = key, .kind = Kind::texts, .meaning = meaning};
}
constexpr KeySpec choice(Names in, Names key, std::span<const Names> choices, Names fallback, Names meaning) {
  return {.table = in, .key = key, .kind = Kind::text, .choices = choices, .fallback = fallback, .meaning = meaning};
}
constexpr KeySpec age(Names in, Names key, Names fallback) {
  return {.table = in,
          .key = key,
          .kind = Kind::age,
          .range = kAges,
          .fallback = fallback,
          .meaning = "Younger data is not bought again; \"0s\" buys always, \"never\" only once."};
}
constexpr KeySpec posts(Names in, Names meaning) {
  return {.table = in,
          .key = "posts_to_analyze",
          .kind = Kind::integer,
          .choices = kPosts,
          .fallback = "10",
          .meaning = meaning};
}
constexpr KeySpec campaign(Names in, Names instead_of) {
  return {.table = in, .key = "campaign_id", .kind = Kind::text, .form = &kUuid, .meaning = instead_of};
}
constexpr KeySpec price(Names key, Names meaning) { return integer("prices", key, kPrices, "", meaning); }
constexpr KeySpec enabled(Names in) { return boolean(in, "enabled", "true", "false switches the stage off."); }
constexpr KeySpec credits(Names key, Names meaning) { return integer("budget", key, kCredits, "", meaning); }
constexpr KeySpec filter(Names key, Names meaning) { return number("search.filters", key, kNotNegative, "", meaning); }
constexpr KeySpec bound(Names key, Range range, Names meaning) {
  return number("enrich.select", key, range, "", meaning);
}
constexpr KeySpec required(KeySpec spec) {
  spec.required = true;
  return spec;
}
constexpr KeySpec used_by(std::span<const Names> apis, KeySpec spec) {
  spec.apis = apis;
  return spec;
}
constexpr KeySpec of_mirror(std::span<const Names> apis, Names name, Names meaning, Names needs = "",
                            Names same_as = "mirror.accounts") {
  auto spec = table("mirror", name, meaning, name == same_as.substr(same_as.find('.') + 1) ? "" : same_as);
  spec.apis = apis;
  spec.needs = needs;
  return spec;
}
constexpr KeySpec history(Names in) {
  return choice(in, "history", kHistories, R"("daily")", "Whether the metrics of each day are kept.");
}
constexpr KeySpec used_by(Names search_kind, KeySpec spec) {
  spec.search_kind = search_kind;
  return spec;
}

// Bounds and choices are those of contracts/toksta-openapi.json where the API has the key, ours elsewhere.
constexpr std::array kFormat{
    KeySpec{.table = "",
            .key = "version",
            .kind = Kind::integer,
            .choices = kVersions,
            .required = true,
            .meaning = "The version of this format."},
    required(text("", "name", "", "Names the pipeline in runs and reports.", &kPipelineName)),
    KeySpec{.table = "", .key = "description", .kind = Kind::prose, .fallback = R"("")", .meaning = "For people."},
    table("", "source", "Where creators come from."),
    table("", "database", "Where they go."),
    used_by(kStageApis, table("", "budget", "What may be spent.")),
    used_by(kStageApis, table("", "prices", "Overrides of the API's price table, in credits.")),
    table("", "notify", "Who is told how a run ended; it changes nothing about what a run does."),
    used_by(kToksta,
            table("", "publish",
                  "Saves the shortlist to a list of creators in the account's workspace, at the end of a run.")),
    KeySpec{.table = "",
            .key = "keyword_sets",
            .form = &kKeywordSets,
            .apis = kStageApis,
            .meaning = "What to look for; each set passes through the stages by itself."},
    used_by(kStageApis, table("", "search", "Finds creators.")),
    used_by(kStageApis, table("", "enrich", "Buys complete profiles of some of them.")),
    used_by(kStageApis, table("", "content_match", "Buys an analysis of what they post about.")),
    used_by(kStageApis, table("", "audience_match", "Buys an analysis of who reacts to them.")),
    used_by(kStageApis, table("", "thought_leaders", "Buys a search for the leading voices of a topic.")),
    used_by(kMirrorApis, table("", "mirror", "The lists that are kept as tables.")),

    choice("source", "api", kApiNames, R"("toksta")", "The API that is asked."),
    text("source", "base_url", "", "Its address, when it is not the API's own.", &kBaseUrl),
    text("source", "api_key_env", "",
         "The environment variable that holds the key: TOKSTA_API_KEY, TOKPORTAL_API_KEY or TOKTRA_API_KEY by default.",
         &kVariableName),
    text("source", "api_key_file", "", "A file that holds the key, instead of a variable."),
    used_by(kMirrorApis, text("source", "name", "",
                              "Tells accounts of the same API apart in the tables; the pipeline's name by default.",
                              &kPipelineName)),
    used_by(kToktra, text("source", "client_id_env", "",
                          "The variable that holds the id of an OAuth client, which signs in instead of a key.",
                          &kVariableName)),
    used_by(kToktra,
            text("source", "client_secret_env", "", "The variable that holds the client's secret.", &kVariableName)),
    used_by(kToktra, KeySpec{.table = "source",
                             .key = "redact",
                             .kind = Kind::texts,
                             .choices = kPersonal,
                             .meaning = "Personal fields that are stored as keyed hashes, which still join."}),
    used_by(kToktra, text("source", "redact_key_env", R"("TOKSYNC_REDACT_KEY")",
                          "The variable that holds the key of these hashes.", &kVariableName)),
    used_by(kStageApis, choice("source", "platform", kPlatforms, R"("linkedin")", "YouTube has database search only.")),
    integer("source", "requests_per_minute", {1, 6000}, "", "A ceiling of ours; a lower one of the server wins."),
    integer("source", "max_in_flight", {1, 64}, "16", "Concurrent requests."),
    KeySpec{.table = "source",
            .key = "timeout",
            .kind = Kind::duration,
            .range = {1, 600},
            .fallback = R"("60s")",
            .meaning = "Of one request, on top of the wait it asks the server for."},
    KeySpec{.table = "source",
            .key = "settle_after",
            .kind = Kind::duration,
            .range = {1, 3600},
            .fallback = R"("3m")",
            .apis = kStageApis,
            .meaning = "How long a request whose answer was lost may still take effect."},

    text("database", "path", R"("toksync.db")", "Relative to the working directory."),

    credits("max_credits_per_run", "Counts a run with all its resumptions."),
    credits("max_credits_per_month", "By the ledger of this database, calendar month in UTC."),
    credits("keep_credits", "The account's balance is never taken below this."),
    choice("budget", "on_shortfall", kShortfalls, R"("stop")", "\"fit\" shrinks the selection to the budget."),

    price("creator_search", "Per request."),
    price("discovery_search", "Per 100 profiles."),
    price("enrich", "Per profile."),
    price("content_match_10", "Per creator, 10 posts."),
    price("content_match_20", "Per creator, 20 posts."),
    price("content_match_30", "Per creator, 30 posts."),
    price("audience_match_quick_scan", "Per creator."),
    price("audience_match_deep_dive", "Per creator."),
    price("audience_match_comprehensive", "Per creator."),
    price("thought_leaders_broad", "Per creator analyzed."),
    price("thought_leaders_balanced", "Per creator analyzed."),
    price("thought_leaders_strict", "Per creator analyzed."),

    KeySpec{.table = "notify",
            .key = "on",
            .kind = Kind::texts,
            .choices = kOutcomes,
            .fallback = R"(["failure", "partial"])",
            .meaning = "The ends of a run that are told."},
    KeySpec{.table = "notify",
            .key = "command",
            .kind = Kind::words,
            .meaning = "A program with its arguments; it reads the run's JSON document on its standard input."},
    text("notify", "webhook", "", "An address to which the document is sent by POST.", &kWebhook),
    KeySpec{.table = "notify",
            .key = "timeout",
            .kind = Kind::duration,
            .range = {1, 60},
            .fallback = R"("10s")",
            .meaning = "How long either may take before it is given up."},

    KeySpec{.table = "keyword_sets", .key = "*", .form = &kSetName, .meaning = "One keyword set."},
    texts("keyword_sets.*", "keywords", "The topic; thought_leaders needs at least 5."),
    texts("keyword_sets.*", "audience", "The audience that audience_match looks for."),
    table("keyword_sets.*", "search", "Overrides for this set.", "search"),
    table("keyword_sets.*", "enrich", "Overrides for this set.", "enrich"),
    table("keyword_sets.*", "content_match", "Overrides for this set.", "content_match"),
    table("keyword_sets.*", "audience_match", "Overrides for this set.", "audience_match"),
    table("keyword_sets.*", "thought_leaders", "Overrides for this set.", "thought_leaders"),

    enabled("search"),
    choice("search", "kind", kSearchKinds, R"("discovery")", "Ranked by keywords, or by filters and free text."),
    used_by("discovery", choice("search", "mode", kSearchModes, R"("auto")", "How strict the ranking is.")),
    integer("search", "max_creators", {1, 100000}, "100", "Per keyword set."),
    used_by("database", text("search", "query", "", "Matched against name and bio.")),
    used_by("database", choice("search", "sort_by", kSortFields, "", "The API sorts by followers_count by default.")),
    used_by("database", choice("search", "sort_order", kSortOrders, "", "The API's default is desc.")),
    age("search", "refresh_after", R"("0s")"),
    used_by("discovery", integer("search", "evidence_posts", {0, 10}, "0",
                                 "Posts fetched behind each creator found, 0 for none; free of credits.")),
    boolean("search", "detail", "false",
            "true fetches the full record of each creator whom the last stage chose; free of credits."),
    table("search", "filters", "The filters of the API."),

    texts("search.filters", "content_categories", "Any of these."),
    texts("search.filters", "target_audiences", "Any of these."),
    texts("search.filters", "languages", "Any of these."),
    texts("search.filters", "locations", "Any of these."),
    boolean("search.filters", "hide_brands", "", "Leaves company pages out."),
    filter("min_followers", "Followers."),
    filter("max_followers", "Followers."),
    filter("min_engagement", "Engagement rate."),
    filter("max_engagement", "Engagement rate."),
    filter("min_posts_per_month", "Posts a month."),
    filter("max_posts_per_month", "Posts a month."),
    filter("min_reactions_per_post", "Reactions to a post."),
    filter("max_reactions_per_post", "Reactions to a post."),
    filter("min_comments_per_post", "Comments on a post."),
    filter("max_comments_per_post", "Comments on a post."),
    filter("min_shares_per_post", "Shares of a post."),
    filter("max_shares_per_post", "Shares of a post."),

    enabled("enrich"),
    age("enrich", "refresh_after", R"("30d")"),
    choice("enrich", "detail", kDetails, R"("full")", "How much of a profile is fetched."),
    integer("enrich", "batch_size", kBatches, "50", "Creators per request."),
    table("enrich", "select", "Which of the creators found go on."),

    integer("enrich.select", "top", {1, 100000}, "", "At most so many, the first by order_by."),
    choice("enrich.select", "order_by", kOrders, R"("rank")", "What comes first."),
    bound("min_followers", kNotNegative, "An unknown value does not pass a bound."),
    bound("max_followers", kNotNegative, "An unknown value does not pass a bound."),
    bound("min_engagement_rate", kNotNegative, "An unknown value does not pass a bound."),
    bound("max_engagement_rate", kNotNegative, "An unknown value does not pass a bound."),
    bound("min_posts_per_month", kNotNegative, "An unknown value does not pass a bound."),
    bound("max_posts_per_month", kNotNegative, "An unknown value does not pass a bound."),
    bound("min_reactions_per_post", kNotNegative, "An unknown value does not pass a bound."),
    bound("max_reactions_per_post", kNotNegative, "An unknown value does not pass a bound."),
    bound("min_content_score", kScores, "The score of content_match."),
    bound("max_content_score", kScores, "The score of content_match."),
    bound("min_audience_score", kScores, "The score of audience_match."),
    bound("max_audience_score", kScores, "The score of audience_match."),

    enabled("content_match"),
    posts("content_match", "Posts read for each creator; more cost more."),
    age("content_match", "refresh_after", R"("30d")"),
    integer("content_match", "evidence_posts", {0, 10}, "3", "Matched posts kept for each creator, 0 for none."),
    integer("content_match", "batch_size", kBatches, "50", "Creators per request."),
    campaign("content_match", "A campaign of the account's workspace; its keywords count in place of the set's."),
    table("content_match", "select", "Which of the creators go on.", "enrich.select"),

    enabled("audience_match"),
    choice("audience_match", "analysis_depth", kDepths, R"("quick_scan")", "Deeper costs more."),
    age("audience_match", "refresh_after", R"("90d")"),
    integer("audience_match", "engagers", {0, 30}, "10", "Engagers kept for each creator, 0 for no details."),
    integer("audience_match", "batch_size", kBatches, "50", "Creators per request."),
    campaign("audience_match", "A campaign of the account's workspace; its criteria count in place of the set's."),
    table("audience_match", "select", "Which of the creators go on.", "enrich.select"),

    enabled("thought_leaders"),
    KeySpec{.table = "thought_leaders",
            .key = "mode",
            .kind = Kind::text_or_texts,
            .choices = kLeaderModes,
            .fallback = R"("balanced")",
            .meaning = "How strict the ranking is; an array starts one job for each mode."},
    integer("thought_leaders", "count", {1, 100}, "10", "Voices wanted."),
    integer("thought_leaders", "max_candidates_to_analyze", {1, 200}, "100", "Creators analyzed at most."),
    posts("thought_leaders", "Posts read for each candidate."),
    number("thought_leaders", "min_followers", kNotNegative, "30000", "Followers."),
    number("thought_leaders", "min_reactions_per_post", kNotNegative, "50", "Reactions to a post."),
    number("thought_leaders", "min_content_match_score", kScores, "60", "Score of the candidate's posts."),
    boolean("thought_leaders", "hide_brands", "true", "Leaves company pages out."),
    text("thought_leaders", "location", "", "A single location."),
    text("thought_leaders", "language", "", "A single language."),
    age("thought_leaders", "refresh_after", R"("7d")"),
    table("thought_leaders", "filters", "The filters of the API.", "search.filters"),

    text("publish", "list", "", "The list's name, by default the pipeline's; made when there is none of that name."),
    text("publish", "list_id", "", "An existing list by its id, instead of its name.", &kUuid),
    integer("publish", "top", {1, 10000}, "20", "Of each keyword set, the first by combined_score, then by rank."),
    number("publish", "min_score", kScores, "", "Of combined_score; a creator without one does not pass."),

    of_mirror(kTokPortal, "accounts", "Delivered accounts."),
    of_mirror(kTokPortal, "bundles", "Orders of accounts and videos."),
    of_mirror(kTokPortal, "credit_history", "What credits were spent on."),
    of_mirror(kTokPortal, "balance", "The credits left, once a day."),
    of_mirror(kTokPortal, "bans", "Accounts that were banned."),
    of_mirror(kTokPortal, "account_metrics", "Followers, views and more of each account, once a day.", "accounts"),
    of_mirror(kTokPortal, "videos", "Posts of each account, with their metrics.", "accounts", "mirror.videos"),
    of_mirror(kTokPortal, "series", "Views, likes, comments, shares and followers of all accounts, day by day."),
    of_mirror(kTokPortal, "bundle_videos", "The videos of each bundle that is not finished.", "bundles"),
    of_mirror(kToktra, "usage", "Requests, tokens and cost by user, model and day.", "", "mirror.usage"),
    of_mirror(kToktra, "users", "Who uses models."),
    of_mirror(kToktra, "budgets", "What departments may spend, and have spent.", "", "mirror.videos"),
    of_mirror(kToktra, "alerts", "What somebody should look at."),
    of_mirror(kToktra, "policies", "Who may use what."),

    boolean("mirror.accounts", "enabled", "true", "false leaves the list out."),
    boolean("mirror.videos", "enabled", "true", "false leaves the list out."),
    history("mirror.videos"),
    boolean("mirror.usage", "enabled", "true", "false leaves the list out."),
    KeySpec{.table = "mirror.usage",
            .key = "window",
            .kind = Kind::duration,
            .range = {kDay, 3660 * kDay},
            .fallback = R"("7d")",
            .meaning = "The days up to today that are read again, because their figures may have changed."},
    KeySpec{.table = "mirror.usage",
            .key = "first_window",
            .kind = Kind::duration,
            .range = {kDay, 3660 * kDay},
            .fallback = R"("90d")",
            .meaning = "The same when the list was never read before."},
};

}  // namespace

std::span<const KeySpec> pipeline_format() { return kFormat; }

}  // namespace toksync::pipeline
