// One self-contained HTML file out of a JSON document: the template, style and script of src/report/page/ with the data
// in their midst. Used by `toksync report`. Nothing in the data can become markup or a script, whatever it holds.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace toksync::report {

using Json = nlohmann::ordered_json;

/// The whole page. What is no UTF-8 in the data is replaced by U+FFFD.
[[nodiscard]] std::string make_page(const Json& data);

/// A JSON text that may stand inside of a script element: without a character that could end it.
[[nodiscard]] std::string island(const Json& data);

/// A text between two tags.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace toksync::report
