#include "sandbox/schema.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace toksync::sandbox {
namespace {

using nlohmann::json;

std::string_view name_of(Type type) {
  switch (type) {
    case Type::text: return "a string";
    case Type::boolean: return "a boolean";
    case Type::number: return "a number";
    case Type::integer: return "an integer";
    case Type::texts:
    case Type::uuids: return "an array of strings";
    case Type::integers: return "an array of integers";
    case Type::object: break;
  }
  return "an object";
}

bool all_of_list(const json& value, bool (json::*is)() const noexcept) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [&](const json& item) { return (item.*is)(); });
}

bool has_type(const json& value, Type type) {
  switch (type) {
    case Type::text: return value.is_string();
    case Type::boolean: return value.is_boolean();
    case Type::number: return value.is_number();
    case Type::integer: return value.is_number_integer();
    case Type::texts:
    case Type::uuids: return all_of_list(value, &json::is_string);
    case Type::integers: return all_of_list(value, &json::is_number_integer);
    case Type::object: break;
  }
  return value.is_object();
}

std::optional<std::string> bound_problem(const json& value, const Field& field) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  if (field.minimum && number < *field.minimum) return fmt::format("must be at least {}", *field.minimum);
  if (field.maximum && number > *field.maximum) return fmt::format("must be at most {}", *field.maximum);
  const auto& allowed = field.allowed_numbers;
  const bool known =
      std::any_of(allowed.begin(), allowed.end(), [&](double one) { return std::fabs(one - number) < 0.5; });
  if (!allowed.empty() && !known) return fmt::format("must be one of {}", fmt::join(allowed, ", "));
  return std::nullopt;
}

std::optional<std::string> text_problem(const json& value, const Field& field) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() < field.min_items && field.type == Type::text) return std::string("must not be empty");
  const bool known = std::find(field.allowed.begin(), field.allowed.end(), text) != field.allowed.end();
  if (!field.allowed.empty() && !known) return fmt::format("must be one of {}", fmt::join(field.allowed, ", "));
  if (field.type == Type::uuids && !is_uuid(text)) return "must contain valid UUIDs; \"" + text + "\" is none";
  return std::nullopt;
}

std::optional<std::string> list_problem(const json& value, const Field& field) {
  if (!value.is_array()) return std::nullopt;
  if (value.size() < field.min_items) return fmt::format("must contain at least {} item(s)", field.min_items);
  if (field.max_items && value.size() > *field.max_items) {
    return fmt::format("must contain at most {} item(s)", *field.max_items);
  }
  for (const json& item : value) {
    if (auto problem = text_problem(item, field)) return problem;
    if (auto problem = bound_problem(item, field)) return problem;
  }
  return std::nullopt;
}

std::optional<std::string> value_problem(const json& value, const Field& field) {
  if (!has_type(value, field.type)) return fmt::format("must be {}", name_of(field.type));
  if (auto problem = bound_problem(value, field)) return problem;
  if (auto problem = text_problem(value, field)) return problem;
  return list_problem(value, field);
}

void check_object(const json& object, const Schema& schema, bool lenient, const std::string& prefix,
                  std::vector<Problem>& problems) {
  for (const Field& field : schema) {
    const std::string name = prefix + std::string(field.name);
    const auto found = object.find(field.name);
    if (found == object.end()) {
      if (field.required) problems.push_back({name, name + " is required"});
      continue;
    }
    if (const auto problem = value_problem(*found, field)) {
      problems.push_back({name, name + " " + *problem});
    } else if (field.type == Type::object) {
      check_object(*found, field.fields, lenient, name + ".", problems);
    }
  }
  for (const auto& item : object.items()) {
    const bool known = std::ranges::find(schema, item.key(), &Field::name) != schema.end();
    if (!known && !lenient) problems.push_back({prefix + item.key(), "Unrecognized key: " + prefix + item.key()});
  }
}

}  // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash ? text[at] != '-' : std::isxdigit(static_cast<unsigned char>(text[at])) == 0) return false;
  }
  return true;
}

std::vector<Problem> problems_of(const json& body, const Schema& schema, bool lenient) {
  std::vector<Problem> problems;
  check_object(body, schema, lenient, "", problems);
  return problems;
}

}  // namespace toksync::sandbox
