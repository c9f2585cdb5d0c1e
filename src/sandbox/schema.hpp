// Checks a request against the published contract. The contract is a table of fields per operation
// (operations.cpp); this is the one function that reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace toksync::sandbox {

enum class Type { text, boolean, number, integer, texts, uuids, integers, object };

struct Field {
  std::string_view name;
  Type type = Type::text;
  bool required = false;
  std::optional<double> minimum = {};          ///< of a number, or of each in a list of integers
  std::optional<double> maximum = {};          ///< of a number
  std::size_t min_items = 0;                   ///< of a list; of a text: its least length
  std::optional<std::size_t> max_items = {};   ///< of a list
  std::vector<std::string_view> allowed = {};  ///< of a text, or of each text in a list
  std::vector<double> allowed_numbers = {};    ///< of an integer
  std::vector<Field> fields = {};              ///< of an object
};

using Schema = std::vector<Field>;

struct Problem {
  std::string field;  ///< "filters.min_followers"
  std::string message;
};

/// Everything wrong with the body. Unknown keys are problems unless `lenient`.
[[nodiscard]] std::vector<Problem> problems_of(const nlohmann::json& body, const Schema& schema, bool lenient);

/// Whether the text is a UUID: 8-4-4-4-12 hex digits.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace toksync::sandbox
