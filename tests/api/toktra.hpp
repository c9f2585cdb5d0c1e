// A provider of Toktra for tests, and short ways to decode an answer with it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "api/mirror.hpp"

namespace toksync::api {

inline constexpr WallTime kToktraNow{Milliseconds{1'780'272'000'000}};  // 2026-06-01T00:00:00Z

inline MirrorOptions toktra_key() {
  MirrorOptions options;
  options.base_url = "http://127.0.0.1:9/v1";
  options.api_key = Secret("a-long-lived-key");
  return options;
}

inline MirrorOptions toktra_client() {
  MirrorOptions options;
  options.base_url = "http://127.0.0.1:9/v1";
  options.client_id = Secret("client 1");
  options.client_secret = Secret("s3cret&/+");
  return options;
}

inline MirrorOptions toktra_redacting(std::set<std::string> redact) {
  auto options = toktra_key();
  options.redact = std::move(redact);
  options.redact_key = Secret("a key for hashes");
  return options;
}

inline std::unique_ptr<MirrorProvider> make_toktra(MirrorOptions options = toktra_key()) {
  return std::move(make_mirror_provider("toktra", std::move(options)).value());
}

inline const MirrorResource& resource_of(const MirrorProvider& provider, std::string_view name) {
  const auto found = std::ranges::find(provider.resources(), name, &MirrorResource::name);
  REQUIRE(found != provider.resources().end());
  return *found;
}

inline MirrorCall call_of(const MirrorProvider& provider, std::string_view name, std::string slice = "",
                          std::string page = "") {
  return {&resource_of(provider, name), std::move(slice), std::move(page), ""};
}

using ToktraHeaders = std::vector<std::pair<std::string, std::string>>;

inline Answer answer_of(const MirrorProvider& provider, const MirrorCall& call, int status, std::string body,
                        ToktraHeaders headers = {}) {
  return provider.decode(call, http::Response{status, std::move(headers), std::move(body)}, kToktraNow);
}

/// The page of a 200 with that body; fails the test when there is none.
inline MirrorPage page_of(const MirrorProvider& provider, const MirrorCall& call, std::string body) {
  auto answer = answer_of(provider, call, 200, std::move(body));
  REQUIRE_MESSAGE(answer.payload.has_value(), (answer.payload ? "" : answer.payload.error().message));
  return std::get<MirrorPage>(std::move(*answer.payload));
}

/// A list's only page.
inline std::string listed(const std::string& items) {
  return R"({"items":[)" + items + R"(],"next_cursor":null,"has_more":false})";
}

/// The value of a row's column.
inline MirrorValue value_of(const MirrorResource& resource, const MirrorRow& row, std::string_view column) {
  const auto found = std::ranges::find(resource.columns, column, &MirrorColumn::name);
  REQUIRE(found != resource.columns.end());
  return row.values[static_cast<std::size_t>(found - resource.columns.begin())];
}

inline std::string text_of(const MirrorResource& resource, const MirrorRow& row, std::string_view column) {
  const auto value = value_of(resource, row, column);
  REQUIRE(std::holds_alternative<std::string>(value));
  return std::get<std::string>(value);
}

}  // namespace toksync::api
