#include "store/forgotten.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/digest.hpp"

namespace toksync::store {
namespace {

constexpr std::string_view kId = "creator_id";
constexpr std::string_view kUrl = "profile_url";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return lower;
}

int hex_digit(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// "%c3%a1" as the bytes it stands for.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    decoded += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return decoded;
}

/// "de.linkedin.com" and "m.youtube.com" show the same people as the sites themselves.
std::string_view without_subdomain(std::string_view url) {
  for (const std::string_view site : {"linkedin.com/", "youtube.com/"}) {
    const auto at = url.substr(0, url.find('/') + 1).rfind(site);
    if (at != std::string_view::npos && at > 0 && url[at - 1] == '.') return url.substr(at);
  }
  return url.starts_with("www.") ? url.substr(4) : url;
}

/// "linkedin.com/in" is where people live, and nobody's own address.
bool is_of_somebody(std::string_view url) {
  constexpr std::array<std::string_view, 8> kStreets{"in",  "company", "school", "showcase",
                                                     "pub", "channel", "c",      "user"};
  const auto path = url.find('/');
  return path != std::string_view::npos && std::ranges::find(kStreets, url.substr(path + 1)) == kStreets.end();
}

}  // namespace

std::string simple_url(std::string_view url) {
  const auto lower = lower_case(url);
  std::string_view rest = lower;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  rest = without_subdomain(rest.substr(0, rest.find_first_of("?#")));
  while (rest.ends_with('/')) rest.remove_suffix(1);
  return is_of_somebody(rest) ? percent_decoded(rest) : std::string{};
}

Forgotten::Forgotten(SQLite::Database& database)
    : read_(database, "SELECT kind || sha256 FROM forgotten_rows"),
      insert_(database, "INSERT OR IGNORE INTO forgotten_rows (kind, sha256, forgotten_at) VALUES (?1, ?2, ?3)"),
      // What holds a text, if it can be taken out: an entry of a list, else the object around it.
      texts_(database,
             "SELECT value, CASE WHEN fullkey LIKE '%]' OR path = '$' THEN fullkey ELSE path END"
             " FROM json_tree(?1) WHERE type = 'text'"),
      remove_(database, "SELECT json_remove(?1, ?2)") {}

const std::set<std::string>& Forgotten::hashes() {
  if (!hashes_) {
    hashes_.emplace();
    read_.each([this](const Row& row) { hashes_->insert(row.text(0)); });
  }
  return *hashes_;
}

bool Forgotten::has_id(std::string_view creator_id) {
  return is_anybody() && hashes().contains(std::string{kId} + sha256_hex(lower_case(creator_id)));
}

bool Forgotten::has_url(const std::optional<std::string>& url) {
  if (!url || !is_anybody()) return false;
  const auto simple = simple_url(*url);
  return !simple.empty() && hashes().contains(std::string{kUrl} + sha256_hex(simple));
}

std::string Forgotten::without_them(const std::string& json) {
  if (!is_anybody()) return json;
  std::vector<std::string> places;
  const auto find = [&](const Row& row) {
    const auto text = row.text(0);
    if (has(text, text) && (places.empty() || places.back() != row.text(1))) places.push_back(row.text(1));
  };
  try {
    texts_.each(find, json);
    // From the end, so that what was found before stays where it was.
    std::ranges::reverse(places);
    std::string rest = json;
    for (const auto& place : places) {
      rest = remove_.first([](const Row& row) { return row.optional_text(0); }, rest, place).value().value_or("null");
    }
    return rest;
  } catch (const SQLite::Exception&) {
    return json;  // no JSON
  }
}

void Forgotten::add_id(std::string_view creator_id, WallTime now) { add(kId, lower_case(creator_id), now); }

void Forgotten::add_url(std::string_view url, WallTime now) {
  if (const auto simple = simple_url(url); !simple.empty()) add(kUrl, simple, now);
}

void Forgotten::add(std::string_view kind, std::string_view text, WallTime now) {
  insert_.run(kind, sha256_hex(text), now);
  read_again();
}

}  // namespace toksync::store
