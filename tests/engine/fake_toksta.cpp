#include "fake_toksta.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/time.hpp"

namespace toksync::engine::test {
namespace {

using Json = nlohmann::json;

int number_of(const std::string& creator_id) { return std::stoi(creator_id.substr(24)); }

std::string bare(const std::string& id) {
  const auto colon = id.find(':');
  return colon == std::string::npos ? id : id.substr(colon + 1);
}

Credits content_price(int posts) { return posts == 10 ? 3 : posts == 20 ? 5 : 8; }
Credits audience_price(const std::string& depth) { return depth == "quick_scan" ? 10 : depth == "deep_dive" ? 20 : 30; }
Credits leader_price(const std::string& mode) { return mode == "broad" ? 1 : mode == "balanced" ? 2 : 3; }

Json found_creator(int number) {
  return {{"id", FakeToksta::creator_id(number)},
          {"name", fmt::format("Creator {}", number)},
          {"platform", "linkedin"},
          {"languages", {"en"}},
          {"metrics", {{"followers_count", 1000 * (number + 1)}, {"engagement_rate", 1.5}}},
          {"score", 100 - number % 100},
          {"match_rank", 90}};
}

Json evidence(Json record, const std::string& family) {
  if (family == "content-fit") {
    record["matched_posts"] = {{{"title", "A post"}, {"post_url", "https://example.com/1"}, {"match_score", 80}}};
  } else {
    record["top_matching_engagers"] = {{{"name", "Sam B."}, {"job_title", "CMO"}}};
    record["top_companies"] = {{{"name", "Acme"}, {"count", 3}}};
    record["job_title_breakdown"] = {{{"title", "CMO"}, {"count", 3}}};
  }
  return record;
}

}  // namespace

std::function<bool(const http::Request&)> to(std::string path) {
  return [path = std::move(path)](const http::Request& request) { return request.path == path; };
}

std::string FakeToksta::creator_id(int number) { return fmt::format("00000000-0000-4000-8000-{:012}", number); }

Credits FakeToksta::billed() const {
  Credits sum = 0;
  for (const auto& line : bill_) sum += line.credits;
  return sum;
}

Credits FakeToksta::billed(std::string_view operation) const {
  Credits sum = 0;
  for (const auto& line : bill_) sum += line.operation == operation ? line.credits : 0;
  return sum;
}

int FakeToksta::count(std::string_view operation) const {
  return static_cast<int>(std::ranges::count(bill_, operation, &BillLine::operation));
}

std::vector<BillLine> FakeToksta::bought_twice() const {
  auto lines = bill_;
  std::erase_if(lines, [](const BillLine& line) { return line.operation.ends_with("search"); });
  std::ranges::sort(lines);
  std::vector<BillLine> twice;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i] == lines[i - 1]) twice.push_back(lines[i]);
  }
  return twice;
}

int FakeToksta::requests(std::string_view path) const {
  const auto found = requests_.find(std::string(path));
  return found == requests_.end() ? 0 : found->second;
}

std::optional<Fault> FakeToksta::strike(const http::Request& request) {
  for (auto& fault : faults) {
    if (fault.times == 0 || !fault.strikes(request)) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    --fault.times;
    return fault;
  }
  return std::nullopt;
}

toksync::test::ScriptedOutcome FakeToksta::answer(const http::Request& request, WallTime now) {
  using Kind = Fault::Kind;
  const auto fault = strike(request);
  const auto lost = http::TransportFailure{"CONNECTION_LOST", "the connection died", true};
  if (fault && fault->kind == Kind::kill_before) throw Killed{};
  if (fault && fault->kind == Kind::refuse_connection) {
    return {http::TransportFailure{"CONNECT_FAILED", "nobody listens", false}, latency};
  }
  ++requests_[request.path];
  if (fault && fault->kind == Kind::lose_request) return {lost, latency};
  if (!admit(now)) {
    auto refused = respond(failure(429, "RATE_LIMITED", "too many requests"), now);
    const auto wait = std::chrono::ceil<Seconds>(window_end_ - now).count();
    refused.headers.emplace_back("retry-after", std::to_string(wait));
    return {refused, latency};
  }
  const auto instead = [&] {
    if (!fault->body.empty()) return http::Response{fault->status, {{"content-type", "text/html"}}, fault->body};
    auto response = respond(failure(fault->status, fault->code, "as the test wishes"), now);
    if (fault->retry_after > 0) response.headers.emplace_back("retry-after", std::to_string(fault->retry_after));
    return response;
  };
  if (fault && fault->kind == Kind::answer) return {instead(), latency};
  const auto reply = dispatch(request, now);
  if (fault && fault->kind == Kind::kill_after) throw Killed{};
  if (fault && fault->kind == Kind::lose_answer) return {lost, latency};
  if (fault && fault->kind == Kind::answer_after_work) return {instead(), latency};
  auto response = respond(reply, now);
  if (fault && fault->kind == Kind::truncate_after_work) response.body.resize(response.body.size() / 2);
  return {std::move(response), latency + reply.held};
}

bool FakeToksta::admit(WallTime now) {
  if (now >= window_end_) {
    window_end_ = now + std::chrono::minutes{1};
    used_ = 0;
  }
  ++used_;
  if (used_ <= requests_per_minute) return true;
  ++refused_by_rate_;
  return false;
}

http::Response FakeToksta::respond(const Reply& reply, WallTime) const {
  Json body{{"success", !reply.error.has_value()}, {"meta", reply.meta}};
  if (reply.error) body["error"] = *reply.error;
  if (!reply.error) body["data"] = reply.data;
  body["meta"]["request_id"] = "req_test";
  auto response = toksync::test::json_response(reply.status, body.dump());
  if (limits_are_told) {
    const auto end = std::chrono::floor<Seconds>(window_end_.time_since_epoch()).count();
    response.headers.emplace_back("x-ratelimit-limit", std::to_string(requests_per_minute));
    response.headers.emplace_back("x-ratelimit-remaining", std::to_string(std::max(0, requests_per_minute - used_)));
    response.headers.emplace_back("x-ratelimit-reset", std::to_string(end));
  }
  if (reply.cost) response.headers.emplace_back("x-toksta-credit-cost", std::to_string(*reply.cost));
  return response;
}

FakeToksta::Reply FakeToksta::failure(int status, std::string code, std::string message) {
  Reply reply;
  reply.status = status;
  reply.error = Json{{"code", std::move(code)}, {"message", std::move(message)}};
  return reply;
}

bool FakeToksta::pay(Credits credits) {
  if (!balance) return true;
  if (*balance < credits) return false;
  *balance -= credits;
  return true;
}

void FakeToksta::charge(BillLine line) { bill_.push_back(std::move(line)); }

Milliseconds FakeToksta::hold(const Json& body, const std::vector<WallTime>& ready, WallTime now) const {
  const Milliseconds wait = Seconds{body.value("wait_seconds", 0)};
  Milliseconds until_all{0};
  for (const auto at : ready) until_all = std::max(until_all, at - now);
  return std::min(wait, until_all);
}

FakeToksta::Reply FakeToksta::dispatch(const http::Request& request, WallTime now) {
  const auto& path = request.path;
  if (path == "/v1/account/usage") return usage(now);
  const auto body = Json::parse(request.body);
  const bool is_read = path.ends_with("/results") || path.ends_with("/posts") || path.ends_with("/details");
  const auto* const name = body.contains("job_ids") ? "job_ids" : "creator_ids";
  if (is_read && most_read_ids && body.at(name).size() > static_cast<std::size_t>(*most_read_ids)) {
    return failure(400, "VALIDATION_ERROR", "too many ids");
  }
  if (path == "/v1/creators/discovery-search") return search(body, false);
  if (path == "/v1/creators/search") return search(body, true);
  if (path == "/v1/creators/enrich") return enrich(body, now);
  if (path == "/v1/creators/content-match") return analyze(body, "content-fit", now);
  if (path == "/v1/creators/audience-match") return analyze(body, "audience-fit", now);
  if (path == "/v1/creators/thought-leaders") return find_leaders(body, now);
  if (path == "/v1/enrichments/results") return enrichments(body, now);
  if (path == "/v1/content-match/results") return analyses(body, "content-fit", false, now);
  if (path == "/v1/content-match/posts") return analyses(body, "content-fit", true, now);
  if (path == "/v1/audience-match/results") return analyses(body, "audience-fit", false, now);
  if (path == "/v1/audience-match/details") return analyses(body, "audience-fit", true, now);
  if (path == "/v1/jobs/results:bulk") return leaders(body, now);
  return failure(404, "NOT_FOUND", "no such route: " + path);
}

FakeToksta::Reply FakeToksta::search(const Json& body, bool by_cursor) {
  const auto key = by_cursor ? body.value("query", std::string()) : body.at("keywords").at(0).get<std::string>();
  const auto& found = found_by[key];
  const auto limit = static_cast<std::size_t>(std::min(body.at("limit").get<int>(), largest_page));
  const auto first = by_cursor ? std::stoul(body.value("cursor", std::string("0")))
                               : static_cast<std::size_t>(body.at("offset").get<int>());
  if (!pay(1)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  charge({by_cursor ? "/v1/creators/search" : "/v1/creators/discovery-search", std::to_string(first), key, 1});
  Reply reply;
  reply.data["creators"] = Json::array();
  const auto last = std::min(found.size(), first + limit);
  for (auto i = first; i < last; ++i) reply.data["creators"].push_back(found_creator(found[i]));
  if (by_cursor && last < found.size()) reply.meta["next_cursor"] = std::to_string(last);
  reply.cost = 1;
  return reply;
}

FakeToksta::Reply FakeToksta::enrich(const Json& body, WallTime now) {
  const auto ids = body.at("creator_ids").get<std::vector<std::string>>();
  if (most_ids && ids.size() > static_cast<std::size_t>(*most_ids)) {
    return failure(400, "VALIDATION_ERROR", fmt::format("creator_ids must contain at most {} items", *most_ids));
  }
  Json jobs = Json::array();
  Json missing = Json::array();
  std::vector<int> paid;
  int already = 0;
  for (const auto& id : ids) {
    const auto number = number_of(id);
    if (without_profile.contains(number)) {
      missing.push_back({{"creator_id", id}, {"message", "no LinkedIn profile"}});
    } else if (is_enriched(number, now)) {
      ++already;
    } else {
      paid.push_back(number);
      jobs.push_back({{"job_id", "enrichment:" + id}, {"creator_id", id}, {"status", "queued"}});
    }
  }
  const auto price = static_cast<Credits>(paid.size());
  if (!pay(price)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  for (const auto number : paid) {
    enriched_[number].push_back(now + job_time);
    charge({"/v1/creators/enrich", creator_id(number), "", 1});
  }
  Reply reply;
  reply.status = paid.empty() ? 200 : 202;
  reply.data = {{"jobs_created", paid.size()},
                {"all_complete", paid.empty()},
                {"already_enriched_count", already},
                {"missing_linkedin_profiles", missing},
                {"jobs", jobs},
                {"credits", {{"required", price}, {"deducted", price}}}};
  return reply;
}

FakeToksta::Reply FakeToksta::analyze(const Json& body, const std::string& family, WallTime now) {
  const bool content = family == "content-fit";
  const auto ids = body.at("creator_ids").get<std::vector<std::string>>();
  if (most_ids && ids.size() > static_cast<std::size_t>(*most_ids)) {
    return failure(400, "VALIDATION_ERROR", fmt::format("creator_ids must contain at most {} items", *most_ids));
  }
  const auto each = content ? content_price(body.at("posts_to_analyze").get<int>())
                            : audience_price(body.at("analysis_depth").get<std::string>());
  auto criteria = body;
  criteria.erase("creator_ids");
  Json jobs = Json::array();
  Json failures = Json::array();
  Json job_ids = Json::array();
  std::vector<std::string> paid;
  for (const auto& id : ids) {
    if (without_profile.contains(number_of(id))) {
      failures.push_back({{"creator_id", id}, {"code", "NO_PROFILE"}, {"message", "no profile"}});
    } else {
      paid.push_back(id);
    }
  }
  const auto price = each * static_cast<Credits>(paid.size());
  if (!pay(price)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  for (const auto& id : paid) {
    const auto job = fmt::format("{:08}-aaaa-4000-8000-000000000000", ++last_id_);
    jobs_[job] = {family, id, number_of(id), now + job_time, each, false, body};
    charge({content ? "/v1/creators/content-match" : "/v1/creators/audience-match", id, criteria.dump(), each});
    job_ids.push_back(family + ":" + job);
    jobs.push_back({{"job_id", family + ":" + job},
                    {"analysis_id", job},
                    {"creator_id", id},
                    {"status", "pending"},
                    {"cached", false}});
  }
  Reply reply;
  reply.status = 202;
  reply.data = {{"jobs_created", paid.size()}, {"job_ids", job_ids}, {"jobs", jobs}, {"failures", failures}};
  reply.cost = price;
  return reply;
}

FakeToksta::Reply FakeToksta::find_leaders(const Json& body, WallTime now) {
  const auto candidates = body.at("max_candidates_to_analyze").get<int>();
  const auto each = leader_price(body.at("mode").get<std::string>());
  if (!pay(each * candidates)) return failure(402, "INSUFFICIENT_CREDITS", "out of credits");
  const auto job = fmt::format("{:08}-bbbb-4000-8000-000000000000", ++last_id_);
  jobs_[job] = {"leaders", "", 0, now + job_time, each * candidates, false, body};
  // The bill shows what is charged in the end: those analyzed; the rest comes back when the job is over.
  charge({"/v1/creators/thought-leaders", body.at("keywords").dump(), body.at("mode").get<std::string>(),
          each * analyzed.value_or(candidates)});
  Reply reply;
  reply.status = 202;
  reply.data = {{"job_id", job}, {"job_type", "thought_leaders"}, {"status", "queued"}};
  return reply;
}

FakeToksta::Reply FakeToksta::enrichments(const Json& body, WallTime now) {
  const auto ids = body.at("creator_ids").get<std::vector<std::string>>();
  std::vector<WallTime> ready;
  for (const auto& id : ids) {
    const auto& times = enriched_[number_of(id)];
    if (!times.empty()) ready.push_back(times.back());
  }
  Reply reply;
  reply.held = hold(body, ready, now);
  const auto then = now + reply.held;
  Json results = Json::array();
  int pending = 0;
  for (const auto& id : ids) {
    const auto number = number_of(id);
    auto times = enriched_[number];
    const bool runs = times.empty() || times.back() > then || never_ending.contains(number);
    pending += runs ? 1 : 0;
    // A failed enrichment is not pending any longer, and leaves no record.
    const bool no_record = runs || failing.contains(number);
    if (no_record && !times.empty()) times.pop_back();
    // While a new enrichment runs, the old record is still shown.
    if (times.empty()) continue;
    results.push_back({{"creator_id", id},
                       {"name", fmt::format("Creator {}", number)},
                       {"followers_count", 1000 * (number + 1)},
                       {"engagement_rate", 0.5},
                       {"median_posts_per_month", 4},
                       {"enriched_at", to_iso8601(times.back())}});
  }
  reply.data = {{"creators_requested", ids.size()}, {"completed", results.size()}};
  if (pending_is_told) reply.data["pending"] = pending;
  reply.data["results_summary"] = results;
  return reply;
}

bool FakeToksta::is_enriched(int creator, WallTime now) const {
  const auto found = enriched_.find(creator);
  if (found == enriched_.end() || found->second.empty()) return false;
  return !enriched_for || now - found->second.back() < *enriched_for;
}

FakeToksta::Reply FakeToksta::analyses(const Json& body, const std::string& family, bool details, WallTime now) {
  const auto ids = body.at("job_ids").get<std::vector<std::string>>();
  std::vector<WallTime> ready;
  for (const auto& id : ids) {
    if (jobs_.contains(bare(id))) ready.push_back(jobs_.at(bare(id)).ready_at);
  }
  Reply reply;
  reply.held = hold(body, ready, now);
  const auto then = now + reply.held;
  Json results = Json::array();
  Json not_found = Json::array();
  Json expired = Json::array();
  for (const auto& id : ids) {
    const auto found = jobs_.find(bare(id));
    if (found == jobs_.end() || found->second.family != family || unknown_jobs.contains(found->second.creator)) {
      not_found.push_back(id);
      continue;
    }
    const auto& job = found->second;
    if (expired_jobs.contains(job.creator)) {
      expired.push_back(id);
      continue;
    }
    const bool done = job.ready_at <= then && !never_ending.contains(job.creator);
    const bool failed = done && failing.contains(job.creator);
    Json record{{"job_id", id}, {"analysis_id", bare(id)}, {"creator_id", job.creator_id}};
    record["status"] = failed ? "failed" : done ? "succeeded" : "running";
    if (failed) record["error_message"] = "the profile could not be read";
    if (done && !failed) {
      record["match_score"] = 40 + job.creator % 60;
      record["matching_posts_count"] = 3;
      record["total_engagers_analyzed"] = 30;
      record["completed_at"] = to_iso8601(job.ready_at);
    }
    results.push_back(details ? evidence(record, family) : record);
  }
  reply.data = {{"not_found_ids", not_found}, {"expired_ids", expired}};
  reply.data[details ? "results" : "results_summary"] = results;
  return reply;
}

FakeToksta::Reply FakeToksta::leaders(const Json& body, WallTime now) {
  Reply reply;
  reply.data["jobs"] = Json::array();
  for (const auto& id : body.at("job_ids").get<std::vector<std::string>>()) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || unknown_jobs.contains(0)) {
      reply.data["jobs"].push_back({{"job_id", id}, {"found", false}});
      continue;
    }
    auto& job = found->second;
    const bool done = job.ready_at <= now && !never_ending.contains(0);
    Json record{{"job_id", id}, {"found", true}, {"status", done ? "succeeded" : "running"}};
    if (done) {
      const auto count = analyzed.value_or(job.request.at("max_candidates_to_analyze").get<int>());
      const auto charged = count * leader_price(job.request.at("mode").get<std::string>());
      if (balance && !std::exchange(job.refunded, true)) *balance += job.reserved - charged;
      record["analyzed_creators"] = count;
      record["results"] = {{{"creator_id", creator_id(1)}, {"status", "approved"}, {"relevance_score", 77}}};
    }
    reply.data["jobs"].push_back(record);
  }
  return reply;
}

FakeToksta::Reply FakeToksta::usage(WallTime now) {
  Reply reply;
  reply.data = {{"period", month_of(now)},
                {"total_calls", 1},
                {"total_credits_charged", billed()},
                {"operations", Json::object()}};
  if (balance) reply.data["remaining_credits"] = *balance;
  return reply;
}

}  // namespace toksync::engine::test
