#include "pipeline/build.hpp"

#include "base/time.hpp"
#include "model/enum_names.hpp"
#include "pipeline/apis.hpp"

namespace toksync::pipeline {
namespace {

void assign(const Node& node, bool& into) { into = std::get<bool>(node.value); }
void assign(const Node& node, int& into) { into = static_cast<int>(std::get<std::int64_t>(node.value)); }
void assign(const Node& node, Credits& into) { into = std::get<std::int64_t>(node.value); }
void assign(const Node& node, std::string& into) { into = std::get<std::string>(node.value); }
void assign(const Node& node, Seconds& into) { into = parse_duration(std::get<std::string>(node.value)).value(); }

void assign(const Node& node, Secret& into) { into = Secret{std::get<std::string>(node.value)}; }

void assign(const Node& node, double& into) {
  const auto* const integer = std::get_if<std::int64_t>(&node.value);
  into = integer == nullptr ? std::get<double>(node.value) : static_cast<double>(*integer);
}

/// A text alone is a list of one.
void assign(const Node& node, std::vector<std::string>& into) {
  into.clear();
  if (const auto* const text = std::get_if<std::string>(&node.value)) into.push_back(*text);
  if (const auto* const array = std::get_if<Array>(&node.value)) {
    for (const auto& element : *array) into.push_back(std::get<std::string>(element.value));
  }
}

template <typename Value>
void assign(const Node& node, std::optional<Value>& into) {
  assign(node, into.emplace());
}

template <typename Value>
void read(const Table& table, std::string_view key, Value& into) {
  if (const auto* const entry = find_usable(table, key)) assign(entry->node, into);
}

/// `parse` turns one of the format's choices into the enum's value.
template <typename Enum>
void read_choice(const Table& table, std::string_view key, std::optional<Enum> (*parse)(std::string_view), Enum& into) {
  if (const auto* const entry = find_usable(table, key)) into = parse(std::get<std::string>(entry->node.value)).value();
}

void read_age(const Table& table, RefreshAfter& into) {
  const auto* const entry = find_usable(table, "refresh_after");
  if (entry == nullptr) return;
  const auto& text = std::get<std::string>(entry->node.value);
  into = text == "never" ? RefreshAfter{} : parse_duration(text);
}

std::optional<OnShortfall> on_shortfall_from_string(std::string_view text) {
  return text == "fit" ? OnShortfall::fit : OnShortfall::stop;
}

FilterValue filter_value(const Node& node) {
  if (const auto* const boolean = std::get_if<bool>(&node.value)) return *boolean;
  if (std::holds_alternative<Array>(node.value)) {
    std::vector<std::string> texts;
    assign(node, texts);
    return texts;
  }
  double number = 0;
  assign(node, number);
  return number;
}

Filters build_filters(const Table& stage) {
  Filters filters;
  for (const auto& entry : table_at(stage, "filters")) {
    if (!entry.node.refused) filters.emplace(entry.key, filter_value(entry.node));
  }
  return filters;
}

Select build_select(const Table& stage) {
  const auto& table = table_at(stage, "select");
  Select select;
  read(table, "top", select.top);
  read_choice(table, "order_by", order_by_from_string, select.order_by);
  for (const auto& entry : table) {
    const auto measure =
        measure_from_string(std::string_view{entry.key}.substr(std::min<std::size_t>(4, entry.key.size())));
    if (!measure || entry.node.refused) continue;
    auto& bounds = select.bounds[*measure];
    assign(entry.node, entry.key.starts_with("min_") ? bounds.minimum : bounds.maximum);
  }
  return select;
}

void build(const Table& table, SearchConfig& config) {
  read_choice(table, "kind", search_kind_from_string, config.kind);
  read(table, "mode", config.mode);
  read(table, "max_creators", config.max_creators);
  read(table, "query", config.query);
  read(table, "sort_by", config.sort_by);
  read(table, "sort_order", config.sort_order);
  read_age(table, config.refresh_after);
  read(table, "evidence_posts", config.evidence_posts);
  read(table, "detail", config.detail);
  config.filters = build_filters(table);
}

void build(const Table& table, EnrichConfig& config) {
  std::string detail = "full";
  read(table, "detail", detail);
  config.full_detail = detail == "full";
  read(table, "batch_size", config.batch_size);
  read_age(table, config.refresh_after);
  config.select = build_select(table);
}

void build(const Table& table, ContentMatchConfig& config) {
  read(table, "posts_to_analyze", config.posts_to_analyze);
  read(table, "evidence_posts", config.evidence_posts);
  read(table, "batch_size", config.batch_size);
  read(table, "campaign_id", config.campaign_id);
  read_age(table, config.refresh_after);
  config.select = build_select(table);
}

void build(const Table& table, AudienceMatchConfig& config) {
  read_choice(table, "analysis_depth", analysis_depth_from_string, config.analysis_depth);
  read(table, "engagers", config.engagers);
  read(table, "batch_size", config.batch_size);
  read(table, "campaign_id", config.campaign_id);
  read_age(table, config.refresh_after);
  config.select = build_select(table);
}

void build(const Table& table, ThoughtLeadersConfig& config) {
  read(table, "mode", config.modes);
  read(table, "count", config.count);
  read(table, "max_candidates_to_analyze", config.max_candidates_to_analyze);
  read(table, "posts_to_analyze", config.posts_to_analyze);
  read(table, "min_followers", config.min_followers);
  read(table, "min_reactions_per_post", config.min_reactions_per_post);
  read(table, "min_content_match_score", config.min_content_match_score);
  read(table, "hide_brands", config.hide_brands);
  read(table, "location", config.location);
  read(table, "language", config.language);
  read_age(table, config.refresh_after);
  config.filters = build_filters(table);
}

template <typename Config>
void build_stage(const EffectiveSet& set, StageName stage, std::optional<Config>& into) {
  if (set.stages.contains(stage)) build(set.stage(stage), into.emplace());
}

KeywordSet build_keyword_set(const EffectiveSet& set, Platform platform) {
  KeywordSet built;
  built.name = set.entry.key;
  read(set.content(), "keywords", built.keywords);
  read(set.content(), "audience", built.audience);
  build_stage(set, StageName::search, built.search);
  if (built.search) built.search->platform = platform;
  build_stage(set, StageName::enrich, built.enrich);
  build_stage(set, StageName::content_match, built.content_match);
  build_stage(set, StageName::audience_match, built.audience_match);
  build_stage(set, StageName::thought_leaders, built.thought_leaders);
  return built;
}

Source build_source(const Table& table) {
  Source source;
  read(table, "api", source.api);
  const auto& api = find_api(source.api);
  source.base_url = api.base_url;
  source.api_key_env = api.api_key_env;
  read(table, "base_url", source.base_url);
  // Paths begin with a slash of their own.
  while (source.base_url.ends_with('/')) source.base_url.pop_back();
  read(table, "api_key_env", source.api_key_env);
  read(table, "api_key_file", source.api_key_file);
  read(table, "client_id_env", source.client_id_env);
  read(table, "client_secret_env", source.client_secret_env);
  read(table, "name", source.name);
  std::vector<std::string> redact;
  read(table, "redact", redact);
  source.redact = {redact.begin(), redact.end()};
  read(table, "redact_key_env", source.redact_key_env);
  read_choice(table, "platform", platform_from_string, source.platform);
  read(table, "requests_per_minute", source.requests_per_minute);
  read(table, "max_in_flight", source.max_in_flight);
  read(table, "timeout", source.timeout);
  read(table, "settle_after", source.settle_after);
  return source;
}

std::vector<MirrorConfig> build_mirrors(const Table& lists) {
  std::vector<MirrorConfig> mirrors;
  for (const auto& entry : lists) {
    const auto& table = table_at(lists, entry.key);
    bool enabled = true;
    read(table, "enabled", enabled);
    if (!enabled || entry.node.refused) continue;
    MirrorConfig config{.resource = entry.key};
    std::string history = "daily";
    read(table, "history", history);
    config.history = history == "daily";
    read(table, "window", config.window);
    read(table, "first_window", config.first_window);
    mirrors.push_back(std::move(config));
  }
  return mirrors;
}

BudgetConfig build_budget(const Table& table) {
  BudgetConfig budget;
  read(table, "max_credits_per_run", budget.max_credits_per_run);
  read(table, "max_credits_per_month", budget.max_credits_per_month);
  read(table, "keep_credits", budget.keep_credits);
  read_choice(table, "on_shortfall", on_shortfall_from_string, budget.on_shortfall);
  return budget;
}

NotifyConfig build_notify(const Table& table) {
  NotifyConfig notify;
  if (const auto* const entry = find_usable(table, "on")) {
    std::vector<std::string> names;
    assign(entry->node, names);
    notify.on.clear();
    for (const auto& name : names) notify.on.insert(outcome_from_string(name).value());
  }
  read(table, "command", notify.command);
  read(table, "webhook", notify.webhook);
  read(table, "timeout", notify.timeout);
  return notify;
}

PublishConfig build_publish(const Table& table, const std::string& pipeline_name) {
  PublishConfig publish;
  read(table, "list", publish.list);
  read(table, "list_id", publish.list_id);
  if (publish.list.empty() && !publish.list_id) publish.list = pipeline_name;
  read(table, "top", publish.top);
  read(table, "min_score", publish.min_score);
  return publish;
}

constexpr EnumNames<Outcome, 3> kOutcomes{
    {{Outcome::failure, "failure"}, {Outcome::partial, "partial"}, {Outcome::success, "success"}}};

}  // namespace

std::string_view to_string(Outcome outcome) { return name_of(kOutcomes, outcome); }
std::optional<Outcome> outcome_from_string(std::string_view text) { return value_of(kOutcomes, text); }

Pipeline build_pipeline(const Table& document, const std::vector<EffectiveSet>& sets) {
  Pipeline built;
  read(document, "name", built.name);
  read(document, "description", built.description);
  built.source = build_source(table_at(document, "source"));
  read(table_at(document, "database"), "path", built.database_path);
  built.budget = build_budget(table_at(document, "budget"));
  built.notify = build_notify(table_at(document, "notify"));
  if (find_usable(document, "publish") != nullptr) {
    built.publish = build_publish(table_at(document, "publish"), built.name);
  }
  for (const auto& entry : table_at(document, "prices")) {
    if (!entry.node.refused) assign(entry.node, built.prices[price_item_from_string(entry.key).value()]);
  }
  built.mirrors = build_mirrors(table_at(document, "mirror"));
  for (const auto& set : sets) built.keyword_sets.push_back(build_keyword_set(set, built.source.platform));
  return built;
}

}  // namespace toksync::pipeline
