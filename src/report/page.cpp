#include "report/page.hpp"

#include <array>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "report/page_parts.hpp"

namespace toksync::report {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

/// The text with each of these in place of what it stands for.
std::string replace(std::string_view text, std::span<const Replacement> replacements) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  while (!text.empty()) {
    std::string_view found = text.substr(0, 1);
    std::string_view instead = found;
    for (const auto& [from, to] : replacements) {
      if (!text.starts_with(from)) continue;
      found = from;
      instead = to;
    }
    out += instead;
    text.remove_prefix(found.size());
  }
  return out;
}

/// Only these two scripts and this style: markup that got in by mistake could neither run nor load anything.
std::string policy() {
  const auto& parts = page_parts();
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}' 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none';"
      " form-action 'none'",
      sha256_base64(parts.library), sha256_base64(parts.script), sha256_base64(parts.style));
}

/// What {{name}} stands for.
std::string part(std::string_view name, const Json& data) {
  const auto& parts = page_parts();
  if (name == "policy") return policy();
  if (name == "style") return std::string{parts.style};
  if (name == "library") return std::string{parts.library};
  if (name == "licence") return escape_html(parts.library_licence);
  if (name == "script") return std::string{parts.script};
  if (name == "data") return island(data);
  throw std::logic_error(fmt::format("the page has no part {}", name));
}

}  // namespace

std::string escape_html(std::string_view text) {
  static constexpr auto kEscapes =
      std::to_array<Replacement>({{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
  return replace(text, kEscapes);
}

std::string island(const Json& data) {
  // In JSON they stand within strings only. U+2028 and U+2029 end a line in older scripts.
  static constexpr auto kEscapes = std::to_array<Replacement>(
      {{"&", "\\u0026"}, {"<", "\\u003c"}, {">", "\\u003e"}, {"\xe2\x80\xa8", "\\u2028"}, {"\xe2\x80\xa9", "\\u2029"}});
  return replace(data.dump(-1, ' ', false, Json::error_handler_t::replace), kEscapes);
}

std::string make_page(const Json& data) {
  auto rest = page_parts().page;
  std::string page;
  while (true) {
    const auto begin = rest.find("{{");
    page += rest.substr(0, begin);
    if (begin == std::string_view::npos) return page;
    const auto end = rest.find("}}", begin);
    page += part(rest.substr(begin + 2, end - begin - 2), data);
    rest.remove_prefix(end + 2);
  }
}

}  // namespace toksync::report
