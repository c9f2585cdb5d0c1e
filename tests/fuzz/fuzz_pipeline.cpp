// Pipeline files: whatever the bytes, there is a pipeline whose values are all inside their documented ranges
// (interface, section 2), or there are complaints that a person can read and that give no secret away.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/secret.hpp"
#include "fuzz/property.hpp"
#include "pipeline/base_url.hpp"
#include "pipeline/loader.hpp"

namespace toksync::fuzz {
namespace {

using pipeline::Pipeline;
using pipeline::Problem;

constexpr std::string_view kSecretValue = "value-of-the-environment";

std::optional<std::string> environment(const std::string& name) {
  if (name == "NAME") return "demo";
  if (name == "SECRET") return std::string(kSecretValue);
  if (name == "KEY") return "tk_live_" + std::string(48, '0');
  return std::nullopt;
}

template <typename Number>
bool inside(Number value, double least, double most) {
  const auto number = static_cast<double>(value);
  return std::isfinite(number) && number >= least && number <= most;
}

bool is_posts(int posts) { return posts == 10 || posts == 20 || posts == 30; }

bool are_texts(const std::vector<std::string>& texts) { return std::ranges::none_of(texts, &std::string::empty); }

void check_age(const RefreshAfter& age) {
  require(!age || inside(age->count(), 0, 36500.0 * 86400), "an age is at most a century");
}

void check_filters(const Filters& filters) {
  for (const auto& [name, value] : filters) {
    if (const auto* const number = std::get_if<double>(&value)) {
      require(std::isfinite(*number) && *number >= 0, "a filter's number is finite and not negative");
      const auto other = name.starts_with("min_") ? filters.find("max_" + name.substr(4)) : filters.end();
      require(other == filters.end() || *number <= std::get<double>(other->second), "a filter lets something pass");
    }
    if (const auto* const list = std::get_if<std::vector<std::string>>(&value)) {
      require(!list->empty() && are_texts(*list), "a filter's texts are not empty");
    }
  }
}

void check_select(const Select& select, bool before_scores) {
  require(!select.top || inside(*select.top, 1, 100000), "top is 1 to 100000");
  for (const auto& [measure, bounds] : select.bounds) {
    const bool is_score = measure == Measure::content_score || measure == Measure::audience_score;
    require(!is_score || !before_scores, "nothing selects by a score that is not there yet");
    for (const auto& bound : {bounds.minimum, bounds.maximum}) {
      require(!bound || inside(*bound, 0, is_score ? 100 : HUGE_VAL), "a bound is in its measure's range");
    }
    require(!bounds.minimum || !bounds.maximum || *bounds.minimum <= *bounds.maximum, "a bound lets something pass");
  }
}

void check_search(const SearchConfig& search) {
  const bool is_discovery = search.kind == SearchKind::discovery;
  require(inside(search.max_creators, 1, 100000), "max_creators is 1 to 100000");
  require(!is_discovery || (!search.query && !search.sort_by && !search.sort_order), "a discovery search has no query");
  require(!is_discovery || search.platform == Platform::linkedin, "a discovery search is on LinkedIn");
  check_age(search.refresh_after);
  check_filters(search.filters);
}

void check_leaders(const ThoughtLeadersConfig& leaders, const KeywordSet& set) {
  require(set.keywords.size() >= 5, "thought leaders have five keywords");
  require(!leaders.modes.empty() && leaders.modes.size() <= 3, "thought leaders have one to three modes");
  require(inside(leaders.count, 1, 100), "count is 1 to 100");
  require(inside(leaders.max_candidates_to_analyze, 1, 200), "max_candidates_to_analyze is 1 to 200");
  require(is_posts(leaders.posts_to_analyze), "posts_to_analyze is 10, 20 or 30");
  require(inside(leaders.min_followers, 0, HUGE_VAL), "min_followers is not negative");
  require(inside(leaders.min_reactions_per_post, 0, HUGE_VAL), "min_reactions_per_post is not negative");
  require(inside(leaders.min_content_match_score, 0, 100), "min_content_match_score is 0 to 100");
  check_age(leaders.refresh_after);
  check_filters(leaders.filters);
}

void check_set(const KeywordSet& set) {
  require(!set.name.empty() && set.name.size() <= 100, "a keyword set has a name");
  require(are_texts(set.keywords) && are_texts(set.audience), "keywords and audience are not empty texts");
  if (set.search) check_search(*set.search);
  if (set.enrich) {
    require(inside(set.enrich->batch_size, 1, 200), "batch_size is 1 to 200");
    check_age(set.enrich->refresh_after);
    check_select(set.enrich->select, true);
  }
  if (set.content_match) {
    require(!set.keywords.empty(), "content_match has keywords");
    require(is_posts(set.content_match->posts_to_analyze), "posts_to_analyze is 10, 20 or 30");
    require(inside(set.content_match->evidence_posts, 0, 10), "evidence_posts is 0 to 10");
    require(inside(set.content_match->batch_size, 1, 200), "batch_size is 1 to 200");
    check_age(set.content_match->refresh_after);
    check_select(set.content_match->select, true);
  }
  if (set.audience_match) {
    require(!set.audience.empty(), "audience_match has an audience");
    require(inside(set.audience_match->engagers, 0, 30), "engagers is 0 to 30");
    require(inside(set.audience_match->batch_size, 1, 200), "batch_size is 1 to 200");
    check_age(set.audience_match->refresh_after);
    check_select(set.audience_match->select, !set.content_match);
  }
  if (set.thought_leaders) check_leaders(*set.thought_leaders, set);
}

void check_source(const pipeline::Source& source) {
  require(source.api == "toksta" || source.api == "toksta-partner", "the api is known");
  require(!pipeline::base_url_problem(source.base_url), "the address may have the key");
  require(!source.base_url.ends_with('/'), "the address ends without a slash");
  require(!source.requests_per_minute || inside(*source.requests_per_minute, 1, 6000), "the ceiling is 1 to 6000");
  require(inside(source.max_in_flight, 1, 64), "max_in_flight is 1 to 64");
  require(inside(source.timeout.count(), 1, 600), "the timeout is 1 to 600 seconds");
}

void check_pipeline(const Pipeline& built, std::string_view text) {
  require(!built.name.empty() && built.name.size() <= 100, "a pipeline has a name");
  require(!built.database_path.empty(), "a database has a path");
  require(!looks_like_api_key(built.text), "the text that is stored holds no key");
  require(built.text == text && built.sha256.size() == 64, "the text is kept as it is");
  check_source(built.source);
  for (const auto& budget :
       {built.budget.max_credits_per_run, built.budget.max_credits_per_month, built.budget.keep_credits}) {
    require(!budget || inside(*budget, 0, 1e12), "a budget is 0 to 1e12");
  }
  for (const auto& [item, credits] : built.prices) require(inside(credits, 0, 1e6), "a price is 0 to 1e6");
  require(!built.keyword_sets.empty(), "a pipeline has a keyword set");
  for (const auto& set : built.keyword_sets) check_set(set);
}

void check_problems(const std::vector<Problem>& problems, std::string_view text) {
  require(!problems.empty(), "a file that is no pipeline has a problem");
  const auto lines = std::ranges::count(text, '\n') + 1;
  const Problem* before = nullptr;
  for (const auto& problem : problems) {
    require(!problem.message.empty(), "a problem says something");
    require(problem.line >= 0 && problem.line <= lines && problem.column >= 0, "a problem is somewhere in the file");
    require(!looks_like_api_key(problem.message), "a problem shows no key");
    require(problem.message.find(kSecretValue) == std::string::npos || text.find(kSecretValue) != std::string::npos,
            "a problem shows nothing of the environment");
    require(std::ranges::none_of(problem.message, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
            "a problem is one line");
    const bool in_order =
        before == nullptr || std::pair(before->line, before->column) <= std::pair(problem.line, problem.column);
    require(in_order, "problems are in the order of the file");
    before = &problem;
  }
}

bool same(const Pipeline& one, const Pipeline& other) {
  return one.sha256 == other.sha256 && one.name == other.name && one.prices == other.prices &&
         one.keyword_sets == other.keyword_sets;
}

}  // namespace
}  // namespace toksync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toksync;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = pipeline::parse_pipeline(text, "p", fuzz::environment);
  if (!parsed) {
    fuzz::check_problems(parsed.error(), text);
    return 0;
  }
  fuzz::check_pipeline(*parsed, text);
  const auto again = pipeline::parse_pipeline(parsed->text, "p", fuzz::environment);
  fuzz::require(again.has_value() && fuzz::same(*parsed, *again), "what was read reads the same again");
  return 0;
}
