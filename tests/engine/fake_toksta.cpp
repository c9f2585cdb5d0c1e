// The face of FakeToksta: faults, the rate limit, which path is whose.
#include "fake_toksta.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace toksync::engine::test {
namespace {

using Json = nlohmann::json;

const std::string kJobs = "/v1/jobs/";
const std::string kLists = "/v1/creator-lists";

bool is_billable(const http::Request& request) {
  return request.method == http::Method::post && request.path.starts_with("/v1/creators/");
}

/// The same request for the first `count` of its creators.
http::Request first_of(http::Request request, int count) {
  auto body = Json::parse(request.body);
  auto& ids = body["creator_ids"];
  while (ids.size() > static_cast<std::size_t>(count)) ids.erase(ids.size() - 1);
  request.body = body.dump();
  return request;
}

}  // namespace

std::function<bool(const http::Request&)> to(std::string path) {
  return [path = std::move(path)](const http::Request& request) { return request.path == path; };
}

std::string FakeToksta::creator_id(int number) { return fmt::format("00000000-0000-4000-8000-{:012}", number); }

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

Milliseconds FakeToksta::at_random(Milliseconds most) {
  if (most == Milliseconds{0}) return most;
  return Milliseconds{std::uniform_int_distribution<std::int64_t>(0, most.count())(dice_)};
}

Milliseconds FakeToksta::latency_for(const http::Request& request) {
  return latency_of ? latency_of(request) : latency + at_random(latency_spread);
}

Milliseconds FakeToksta::job_time_for(std::string_view family, int creator) {
  return job_time_of ? job_time_of(family, creator) : job_time + at_random(job_time_spread);
}

toksync::test::ScriptedOutcome FakeToksta::answer(const http::Request& request, WallTime now) {
  pass(now);
  const auto fault = strike(request);
  auto answer = outcome(request, fault, now);
  answer.latency += latency_for(request) + (fault ? fault->late : Milliseconds{0});
  return answer;
}

toksync::test::ScriptedOutcome FakeToksta::outcome(const http::Request& request, const std::optional<Fault>& fault,
                                                   WallTime now) {
  using Kind = Fault::Kind;
  const auto lost = http::TransportFailure{"CONNECTION_LOST", "the connection died", true};
  if (fault && fault->kind == Kind::kill_before) throw Killed{};
  if (fault && fault->kind == Kind::refuse_connection) {
    return {http::TransportFailure{"CONNECT_FAILED", "nobody listens", false}};
  }
  ++requests_[request.path];
  if (fault && fault->kind == Kind::lose_request) return {lost};
  if (!admit(now)) {
    auto refused = respond(failure(429, "RATE_LIMITED", "too many requests"));
    const auto wait = std::chrono::ceil<Seconds>(window_end_ - now).count();
    refused.headers.emplace_back("retry-after", std::to_string(wait));
    return {refused};
  }
  const auto instead = [&] {
    if (!fault->body.empty()) return http::Response{fault->status, {{"content-type", "text/html"}}, fault->body};
    auto response = respond(failure(fault->status, fault->code, "as the test wishes"));
    if (fault->retry_after > 0) response.headers.emplace_back("retry-after", std::to_string(fault->retry_after));
    return response;
  };
  if (fault && fault->kind == Kind::answer) return {instead()};
  const auto reply = carry_out(request, fault, now);
  if (fault && fault->kind == Kind::kill_after) throw Killed{};
  if (fault && fault->kind == Kind::lose_answer) return {lost};
  if (fault && fault->kind == Kind::answer_after_work) return {instead()};
  auto response = respond(reply);
  if (fault && fault->kind == Kind::truncate_after_work) response.body.resize(response.body.size() / 2);
  return {std::move(response), reply.held};
}

FakeToksta::Reply FakeToksta::carry_out(const http::Request& request, const std::optional<Fault>& fault, WallTime now) {
  const auto landing = fault && fault->landed ? first_of(request, *fault->landed) : request;
  using Kind = Fault::Kind;
  const bool answered = !fault || fault->kind == Kind::truncate_after_work || fault->kind == Kind::slow;
  if (answered || start_delay == Milliseconds{0} || !is_billable(request)) return dispatch(landing, {now, now});
  events_.emplace(now + start_delay, [landing, now](FakeToksta& toksta, WallTime then) {
    (void)toksta.dispatch(landing, {now, then});
  });
  return {};
}

bool FakeToksta::admit(WallTime now) {
  if (now >= window_end_) {
    using std::chrono::minutes;
    window_end_ = (windows_follow_clock ? std::chrono::floor<minutes>(now) : now) + minutes{1};
    used_ = 0;
  }
  ++used_;
  if (used_ <= requests_per_minute) return true;
  ++refused_by_rate_;
  return false;
}

http::Response FakeToksta::respond(const Reply& reply) const {
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

FakeToksta::Reply FakeToksta::dispatch(const http::Request& request, Moment moment) {
  const auto& path = request.path;
  if (path == "/v1/account/usage") return usage(request, moment.now);
  if (path == kLists && request.method == http::Method::get) return read_lists(request);
  const bool is_job = path.starts_with(kJobs) && path.find('/', kJobs.size()) == std::string::npos;
  if (request.method == http::Method::get && is_job) return leader_job(path.substr(kJobs.size()), moment.now);
  static const std::string creators = "/v1/creators/";
  if (request.method == http::Method::get && path.starts_with(creators)) {
    return creator_detail(path.substr(creators.size()));
  }
  if (!Json::accept(request.body)) return failure(400, "BAD_REQUEST", "Request body must be valid JSON");
  return post(path, Json::parse(request.body), moment);
}

FakeToksta::Reply FakeToksta::too_many_ids(std::string_view name, int most) const {
  return failure(400, "VALIDATION_ERROR",
                 most_ids_is_told ? fmt::format("{} must contain at most {} items", name, most) : "too many ids");
}

FakeToksta::Reply FakeToksta::post(const std::string& path, const Json& body, Moment moment) {
  const auto now = moment.now;
  const bool is_read = path.ends_with("/results") || path.ends_with("/posts") || path.ends_with("/details");
  const auto* const name = body.contains("creator_ids") ? "creator_ids" : "job_ids";
  if (is_read && most_read_ids && body.at(name).size() > static_cast<std::size_t>(*most_read_ids)) {
    return too_many_ids(name, *most_read_ids);
  }
  if (path == "/v1/creators/discovery-search") return search(body, false, moment);
  if (path == "/v1/creators/search") return search(body, true, moment);
  if (path == "/v1/creators/enrich") return enrich(body, moment);
  if (path == "/v1/creators/content-match") return analyze(body, "content-fit", moment);
  if (path == "/v1/creators/audience-match") return analyze(body, "audience-fit", moment);
  if (path == "/v1/creators/thought-leaders") return find_leaders(body, moment);
  if (path == "/v1/enrichments/results") return enrichments(body, now);
  if (path == "/v1/search-results/posts") return hit_posts(body);
  if (path == "/v1/content-match/results") return analyses(body, "content-fit", false, now);
  if (path == "/v1/content-match/posts") return analyses(body, "content-fit", true, now);
  if (path == "/v1/audience-match/results") return analyses(body, "audience-fit", false, now);
  if (path == "/v1/audience-match/details") return analyses(body, "audience-fit", true, now);
  if (path == kLists) return create_list(body);
  if (path.starts_with(kLists + "/")) return add_to_list(path, body);
  if (path == "/v1/jobs/results:bulk") return leaders(body, now);
  static const std::string verb = "/cancel";
  if (path.starts_with(kJobs) && path.ends_with(verb)) {
    return cancel(path.substr(kJobs.size(), path.size() - kJobs.size() - verb.size()), now);
  }
  return failure(404, "NOT_FOUND", "no such route: " + path);
}

}  // namespace toksync::engine::test
