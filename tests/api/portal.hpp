// A provider of TokPortal for tests, and short ways to ask and to decode with it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "api/mirror.hpp"

namespace toksync::api::portal_test {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline const std::string kPortalKey = "sk_" + std::string(64, '0');
inline constexpr WallTime kNow{Milliseconds{1'780'272'000'000}};  // 2026-06-01T00:00:00Z
inline constexpr std::string_view kBase = "https://app.tokportal.com/api/ext";

inline std::unique_ptr<MirrorProvider> make_portal(const std::string& base_url = std::string(kBase)) {
  return std::move(*make_mirror_provider(
      "tokportal", {.base_url = base_url, .api_key = Secret(kPortalKey), .timeout = Milliseconds{45'000}}));
}

inline const MirrorProvider& portal() {
  static const auto provider = make_portal();
  return *provider;
}

inline const MirrorResource& resource(std::string_view name) {
  const auto all = portal().resources();
  const auto found = std::ranges::find(all, name, &MirrorResource::name);
  REQUIRE(found != all.end());
  return *found;
}

inline MirrorCall call(std::string_view name, std::string slice = {}, std::string page = {}, std::string since = {}) {
  return {&resource(name), std::move(slice), std::move(page), std::move(since)};
}

inline Answer decoded(const MirrorCall& call, int status, std::string body, Headers headers = {}) {
  return portal().decode(call, http::Response{status, std::move(headers), std::move(body)}, kNow);
}

inline MirrorPage page_of(const MirrorCall& call, std::string body, int status = 200) {
  const auto answer = decoded(call, status, std::move(body));
  REQUIRE_MESSAGE(answer.payload.has_value(), (answer.payload ? "" : answer.payload.error().message));
  REQUIRE(std::holds_alternative<MirrorPage>(*answer.payload));
  return std::get<MirrorPage>(*answer.payload);
}

inline Failure failure_of(const MirrorCall& call, int status, std::string body, Headers headers = {}) {
  const auto answer = decoded(call, status, std::move(body), std::move(headers));
  REQUIRE_FALSE(answer.payload.has_value());
  return answer.payload.error();
}

inline std::string error_body(std::string_view code, std::string_view details = "null") {
  return R"({"error":{"code":")" + std::string(code) + R"(","message":"Some words.","details":)" +
         std::string(details) + "}}";
}

/// What a row of that resource holds in a column.
inline MirrorValue value_of(std::string_view name, const MirrorRow& row, std::string_view column) {
  const auto& columns = resource(name).columns;
  const auto found = std::ranges::find(columns, column, &MirrorColumn::name);
  REQUIRE(found != columns.end());
  return row.values.at(static_cast<std::size_t>(found - columns.begin()));
}

inline std::string text_of(std::string_view name, const MirrorRow& row, std::string_view column) {
  const auto value = value_of(name, row, column);
  const auto* const text = std::get_if<std::string>(&value);
  return text == nullptr ? "(none)" : *text;
}

inline MirrorValue whole(std::int64_t value) { return value; }
inline constexpr MirrorValue kNothing{std::monostate{}};

}  // namespace toksync::api::portal_test
