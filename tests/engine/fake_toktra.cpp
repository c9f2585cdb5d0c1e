#include "fake_toktra.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toksync::engine::test {
namespace {

/// The value of a parameter; nothing that these tests send is encoded.
std::string parameter(std::string_view url, std::string_view name) {
  const auto start = url.find(std::string(name) + "=");
  if (start == std::string_view::npos) return {};
  const auto value = url.substr(start + name.size() + 1);
  return std::string(value.substr(0, value.find('&')));
}

}  // namespace

http::Response toktra_error(int status, const std::string& type) {
  return toksync::test::json_response(status, fmt::format(R"({{"error":"{}","message":"as told"}})", type));
}

toksync::test::ScriptedOutcome FakeToktra::answer(const http::Request& request, WallTime now) {
  paths_.push_back(request.url.substr(request.url.find("/v1")));
  const bool is_token = request.path == "/v1/oauth/token";
  if (request.method != http::Method::get && !is_token) ++forbidden_requests_;
  if (auto& next = instead[request.path]; !next.empty()) {
    auto outcome = next.front();
    next.pop_front();
    return outcome;
  }
  if (const auto found = always.find(request.path); found != always.end()) return {found->second, latency};
  if (is_token) return {token(request, now), latency};
  const auto known = tokens_.find(request.bearer.reveal());
  if (request.bearer.reveal() != kToktraKey && (known == tokens_.end() || known->second <= now)) {
    ++refused_tokens_;
    return {toktra_error(401, "unauthorized"), latency};
  }
  return {page(request), latency};
}

http::Response FakeToktra::token(const http::Request& request, WallTime now) {
  const bool is_form = request.body == "grant_type=client_credentials&client_id=client-1&client_secret=s3cret";
  if (!is_form || !knows_client) {
    return toksync::test::json_response(401, R"({"error":"invalid_client","error_description":"no such client"})");
  }
  const auto token = fmt::format("token-{}", ++tokens_given_);
  tokens_[token] = now + token_life;
  return toksync::test::json_response(
      200, fmt::format(R"({{"access_token":"{}","token_type":"bearer","expires_in":{}}})", token, token_life.count()));
}

http::Response FakeToktra::page(const http::Request& request) {
  auto name = request.path.substr(std::string_view("/v1/").size());
  if (name == "usage") name += " " + parameter(request.url, "start_date");
  const auto& items = lists[name];
  const auto cursor = parameter(request.url, "cursor");
  const auto begin = cursor.empty() ? 0 : std::min<std::size_t>(items.size(), std::stoul(cursor.substr(1)));
  const auto end = std::min(items.size(), begin + page_size);
  const std::vector<std::string> here(items.begin() + static_cast<std::ptrdiff_t>(begin),
                                      items.begin() + static_cast<std::ptrdiff_t>(end));
  const bool has_more = end < items.size();
  auto rest = fmt::format(R"("next_cursor":{},"has_more":{},"total_count":{})",
                          has_more ? fmt::format("\"c{}\"", end) : "null", has_more, items.size() + 3);
  if (const auto told = ending.find(name); told != ending.end()) rest = told->second;
  return toksync::test::json_response(200, fmt::format(R"({{"items":[{}],{}}})", fmt::join(here, ","), rest));
}

int FakeToktra::count(std::string_view path) const {
  return static_cast<int>(std::ranges::count_if(paths_, [path](const std::string& one) {
    return one.starts_with(path) && (path.empty() || one.size() == path.size() || one[path.size()] == '?');
  }));
}

}  // namespace toksync::engine::test
