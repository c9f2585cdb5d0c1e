#include "sandbox/operations.hpp"

namespace toksync::sandbox {
namespace {

const std::vector<std::string_view> platforms = {"linkedin", "youtube"};
const std::vector<std::string_view> content_types = {"image", "video", "carousel"};

Schema operator+(Schema left, const Schema& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Schema filter_fields() {
  Schema fields = {{.name = "content_categories", .type = Type::texts},
                   {.name = "target_audiences", .type = Type::texts},
                   {.name = "languages", .type = Type::texts},
                   {.name = "locations", .type = Type::texts},
                   {.name = "hide_brands", .type = Type::boolean}};
  for (const std::string_view bound :
       {"min_followers", "max_followers", "min_engagement", "max_engagement", "min_posts_per_month",
        "max_posts_per_month", "min_reactions_per_post", "max_reactions_per_post", "min_comments_per_post",
        "max_comments_per_post", "min_shares_per_post", "max_shares_per_post"}) {
    fields.push_back({.name = bound, .type = Type::number});
  }
  return fields;
}

Field filters() { return {.name = "filters", .type = Type::object, .fields = filter_fields()}; }
Field platform() { return {.name = "platform", .allowed = platforms}; }
Field limit(double most) { return {.name = "limit", .type = Type::integer, .minimum = 1, .maximum = most}; }
Field offset() { return {.name = "offset", .type = Type::integer, .minimum = 0}; }
Field at_least_zero(std::string_view name) { return {.name = name, .type = Type::number, .minimum = 0}; }
Field texts(std::string_view name) { return {.name = name, .type = Type::texts}; }
Field some_texts(std::string_view name, std::size_t least) {
  return {.name = name, .type = Type::texts, .required = true, .min_items = least};
}
Field up_to(std::string_view name, double most) {
  return {.name = name, .type = Type::integer, .minimum = 1, .maximum = most};
}
Field posts_to_analyze() {
  return {.name = "posts_to_analyze", .type = Type::integer, .allowed_numbers = {10, 20, 30}};
}
Field wait_seconds() { return {.name = "wait_seconds", .type = Type::integer, .minimum = 0, .maximum = 30}; }
Field detail_level() { return {.name = "detail_level", .allowed = {"summary", "full"}}; }

Schema selection() {
  return {{.name = "creator_ids", .type = Type::uuids},
          {.name = "result_set_id"},
          texts("result_set_ids"),
          {.name = "top_n", .type = Type::integer, .minimum = 1},
          {.name = "ranks", .type = Type::integers, .minimum = 1}};
}

/// Results and details of analyses: by job or by selection.
Schema analysis_query() {
  return selection() +
         Schema{{.name = "job_id"}, texts("job_ids"), {.name = "campaign_id"}, detail_level(), wait_seconds()};
}

Schema database_search() {
  return {{.name = "query"},
          platform(),
          filters(),
          {.name = "cursor"},
          limit(100),
          {.name = "sort_by",
           .allowed = {"followers_count", "engagement_rate", "avg_posts_per_month", "avg_views_per_post",
                       "shares_per_post", "comments_per_post", "reactions_per_post", "name", "updated_at"}},
          {.name = "sort_order", .allowed = {"asc", "desc"}}};
}

Schema discovery_search() {
  return {some_texts("keywords", 1),
          platform(),
          limit(100),
          offset(),
          {.name = "search_mode", .allowed = {"auto", "strict", "balanced", "broad"}},
          filters()};
}

Schema thought_leaders() {
  return {some_texts("keywords", 5),
          up_to("count", 100),
          at_least_zero("min_followers"),
          at_least_zero("min_reactions_per_post"),
          at_least_zero("min_content_match_score"),
          {.name = "hide_brands", .type = Type::boolean},
          {.name = "mode", .allowed = {"strict", "balanced", "broad"}},
          {.name = "location"},
          {.name = "language"},
          posts_to_analyze(),
          up_to("max_candidates_to_analyze", 200),
          filters()};
}

Schema content_match() {
  return selection() + Schema{{.name = "campaign_id"},
                              {.name = "campaign_brief"},
                              texts("topic_keywords"),
                              texts("keywords"),
                              {.name = "linkedin_content_types", .type = Type::texts, .allowed = content_types},
                              posts_to_analyze()};
}

Schema audience_match() {
  return selection() + Schema{{.name = "campaign_id"},
                              {.name = "campaign_brief"},
                              {.name = "target_audience"},
                              texts("audience_keywords"),
                              texts("keywords"),
                              texts("target_audience_criteria"),
                              {.name = "analysis_depth", .allowed = {"quick_scan", "deep_dive", "comprehensive"}}};
}

Schema campaign() {
  Schema fields = {{.name = "name", .required = true, .min_items = 1},
                   some_texts("content_keywords", 1),
                   some_texts("target_audience_criteria", 1),
                   {.name = "product_id"},
                   {.name = "product_name"},
                   {.name = "target_audience"},
                   {.name = "search_country"},
                   {.name = "linkedin_content_types", .type = Type::texts, .allowed = content_types}};
  for (const std::string_view name :
       {"target_regions", "target_job_titles", "target_platforms", "target_companies", "creator_regions"}) {
    fields.push_back(texts(name));
  }
  for (const std::string_view name :
       {"min_linkedin_followers", "max_linkedin_followers", "min_youtube_subscribers", "max_youtube_subscribers",
        "min_youtube_monthly_views", "max_youtube_monthly_views"}) {
    fields.push_back(at_least_zero(name));
  }
  return fields;
}

Schema creator_list() {
  return {{.name = "name", .required = true, .min_items = 1},
          {.name = "description"},
          {.name = "is_private", .type = Type::boolean},
          texts("tags"),
          {.name = "platform", .allowed = {"linkedin", "youtube", "twitter"}},
          {.name = "public_creator_ids", .type = Type::uuids},
          {.name = "private_creator_ids", .type = Type::uuids}};
}

Schema list_members() {
  return {{.name = "creator_ids", .type = Type::uuids, .required = true, .min_items = 1, .max_items = 100},
          {.name = "creator_source", .allowed = {"public", "private"}}};
}

/// wait_seconds: the guide has it here, the contract does not.
Schema job_query() {
  return {{.name = "job_id", .required = true}, limit(200), up_to("results_limit", 200), wait_seconds()};
}

Schema bulk_query() {
  return {{.name = "job_ids", .type = Type::uuids, .required = true, .min_items = 1, .max_items = 20},
          limit(200),
          up_to("results_limit", 200),
          wait_seconds()};
}

std::vector<Operation> make_operations() {
  const Schema posts_limit = {up_to("posts_limit_per_creator", 10)};
  return {
      {"GET", "/health", &health, true, {}},
      {"GET", "/ready", &ready, true, {}},
      {"GET", "/version", &version, true, {}},
      {"GET", "/v1/", &list_endpoints, true, {}},
      {"POST", "/v1/creators/search", &search_creators, false, database_search()},
      {"POST", "/v1/creators/discovery-search", &discover_creators, false, discovery_search()},
      {"POST", "/v1/creators/thought-leaders", &start_thought_leaders, false, thought_leaders()},
      {"POST", "/v1/creators/enrich", &start_enrichment, false, selection()},
      {"POST", "/v1/creators/content-match", &start_content_match, false, content_match()},
      {"POST", "/v1/creators/audience-match", &start_audience_match, false, audience_match()},
      {"GET", "/v1/creators/{id}", &get_creator, false, {platform()}},
      {"POST", "/v1/search-results/posts", &search_result_posts, false,
       selection() + posts_limit + Schema{texts("keywords"), detail_level()}},
      {"POST", "/v1/enrichments/results", &enrichment_results, false,
       selection() + Schema{detail_level(), wait_seconds()}},
      {"POST", "/v1/content-match/results", &content_match_results, false, analysis_query()},
      {"POST", "/v1/content-match/posts", &content_match_posts, false, analysis_query() + posts_limit},
      {"POST", "/v1/audience-match/results", &audience_match_results, false, analysis_query()},
      {"POST", "/v1/audience-match/details", &audience_match_details, false,
       analysis_query() + Schema{up_to("engagers_limit", 30)}},
      {"POST", "/v1/jobs/results", &job_results, false, job_query()},
      {"POST", "/v1/jobs/results:bulk", &bulk_job_results, false, bulk_query()},
      {"GET", "/v1/jobs/{id}", &job_status, false, {}},
      {"POST", "/v1/jobs/{id}/cancel", &cancel_job, false, {}},
      {"GET", "/v1/account/usage", &account_usage, false, {{.name = "month"}}},
      {"GET", "/v1/campaigns", &list_campaigns, false, {limit(100), offset()}},
      {"POST", "/v1/campaigns", &create_campaign, false, campaign()},
      {"GET", "/v1/campaigns/{id}", &get_campaign, false, {}},
      {"GET", "/v1/creator-lists", &list_creator_lists, false, {limit(100), offset(), {.name = "platform"}}},
      {"POST", "/v1/creator-lists", &create_creator_list, false, creator_list()},
      {"POST", "/v1/creator-lists/{id}/creators", &add_to_creator_list, false, list_members()},
  };
}

/// Where the contract is silent, the partner API is taken to ask as v1 does. It has no routes for results but a job's.
std::vector<Operation> make_partner_operations() {
  return {
      {"GET", "/health", &health, true, {}},
      {"GET", "/ready", &ready, true, {}},
      {"GET", "/version", &version, true, {}},
      {"GET", "/v1/", &list_endpoints, true, {}},
      {"POST", "/v1/creators/search", &search_creators, false, database_search()},
      {"POST", "/v1/creators/discovery-search", &discover_creators, false, discovery_search()},
      {"POST", "/v1/creators/thought-leaders", &start_thought_leaders, false, thought_leaders()},
      {"POST", "/v1/creators/enrich", &start_partner_enrichment, false, selection()},
      {"POST", "/v1/creators/content-match", &start_partner_content_match, false, content_match()},
      {"POST", "/v1/creators/audience-match", &start_partner_audience_match, false, audience_match()},
      {"GET", "/v1/creators/{id}", &get_creator, false, {platform()}},
      {"GET", "/v1/jobs/{id}", &partner_job, false, {}},
      {"POST", "/v1/jobs/{id}/cancel", &cancel_job, false, {}},
      {"GET", "/v1/account/usage", &account_usage, false, {{.name = "month"}}},
  };
}

/// Whether a path fits a template; sets `id` to what stands for {id}.
bool fits(std::string_view pattern, std::string_view path, std::string& id) {
  const auto brace = pattern.find("{id}");
  if (brace == std::string_view::npos) return pattern == path;
  const std::string_view head = pattern.substr(0, brace);
  const std::string_view tail = pattern.substr(brace + 4);
  if (path.size() <= head.size() + tail.size() || !path.starts_with(head) || !path.ends_with(tail)) return false;
  const std::string_view middle = path.substr(head.size(), path.size() - head.size() - tail.size());
  if (middle.find('/') != std::string_view::npos) return false;
  id = middle;
  return true;
}

}  // namespace

const std::vector<Operation>& operations(Api api) {
  static const std::vector<Operation> all = make_operations();
  static const std::vector<Operation> of_partners = make_partner_operations();
  return api == Api::partner ? of_partners : all;
}

const Operation* find_operation(Api api, std::string_view method, std::string_view path, std::string& id) {
  for (const Operation& operation : operations(api)) {
    if (operation.method == method && fits(operation.path, path, id)) return &operation;
  }
  return nullptr;
}

}  // namespace toksync::sandbox
