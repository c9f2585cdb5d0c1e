// The small parsers of hostile text, all on the same bytes: times, durations, dates, keys to redact, and the
// addresses that may receive a key.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/headers.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "fuzz/property.hpp"
#include "http/curl_transport.hpp"
#include "http/url_guard.hpp"
#include "pipeline/base_url.hpp"

namespace toksync::fuzz {
namespace {

void check_time(std::string_view text) {
  const auto time = from_iso8601(text);
  if (!time) return;
  const auto written = to_iso8601(*time);
  require(from_iso8601(written) == std::chrono::floor<Seconds>(*time), "a time that was read is written as a time");
  require(written.starts_with(month_of(*time)), "a month is the beginning of its times");
}

void check_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return;
  require(*duration >= Seconds{0}, "a duration is not negative");
  require(parse_duration(format_duration(*duration)) == duration, "a duration that was read is written as the same");
}

void check_http_date(std::string_view text) {
  const auto date = api::parse_http_date(text);
  require(!date || text.ends_with(" GMT"), "an HTTP date ends with its zone");
}

void check_redaction(std::string_view text) {
  const auto clean = redact(text);
  require(!looks_like_api_key(clean), "nothing that looks like a key survives");
  require(redact(clean) == clean, "what is redacted stays as it is");
  require(looks_like_api_key(text) || clean == text, "a text without a key stays as it is");
}

// The pipeline checks the address early and the transport late, by different parsers: whatever passes the former
// must be what the latter takes for it, or else unusable.
void check_address(std::string_view text) {
  require(http::inspect_url(text).is_usable || !http::may_carry_key(text), "an unusable address gets no key");
  if (pipeline::base_url_problem(text)) return;
  const auto url = std::string(text) + "/v1/account/usage";
  const auto facts = http::inspect_url(url);
  if (!facts.is_usable) return;
  require(http::may_carry_key(url), "an address that a pipeline may name may have the key");
  require(facts.is_https == ((text[4] | 0x20) == 's'), "both parsers see the same scheme");
}

}  // namespace
}  // namespace toksync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  toksync::fuzz::check_time(text);
  toksync::fuzz::check_duration(text);
  toksync::fuzz::check_http_date(text);
  toksync::fuzz::check_redaction(text);
  toksync::fuzz::check_address(text);
  return 0;
}
