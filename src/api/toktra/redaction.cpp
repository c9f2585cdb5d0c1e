#include "api/toktra/redaction.hpp"

#include <algorithm>
#include <array>

#include "api/mirror_record.hpp"

namespace toksync::api::toktra {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

bool is_email(std::string_view member) {
  const auto name = lower(member);
  return name.ends_with("email") || name.ends_with("emails") || name.ends_with("email_address");
}

// Those that the API has today are `name` of a user and the texts of an alert; new ones may come any day.
bool is_name_of_person(std::string_view resource, std::string_view member) {
  constexpr std::array<std::string_view, 8> kNames{"user_name", "username",     "full_name",    "first_name",
                                                   "last_name", "display_name", "manager_name", "employee_name"};
  const auto name = lower(member);
  if (std::ranges::find(kNames, name) != kNames.end()) return true;
  const bool is_alert = resource == "alerts";
  if (name == "name") return is_alert || resource == "users";
  return is_alert && (name == "title" || name == "message");
}

class Rule {
 public:
  Rule(const Redaction& redaction, std::string_view resource) : redaction_(redaction), resource_(resource) {}

  MemberFate operator()(std::string_view name, const JsonValue& value) const {
    const auto clean_name = redaction_.emails ? without_addresses(redaction_.key, name) : std::string(name);
    if (value.is_object() || value.is_array()) {
      if (clean_name == name) return KeepMember{};
      return ReplaceMember{rewritten_json(value, *this), clean_name};
    }
    return ReplaceMember{value.is_text() ? quoted_json(clean_text(name, *value.text())) : std::string(value.raw()),
                         clean_name};
  }

 private:
  [[nodiscard]] std::string clean_text(std::string_view name, const std::string& text) const {
    if (text.empty()) return text;
    if (redaction_.emails && is_email(name)) return keyed_hash(redaction_.key, lower(text));
    if (redaction_.names && is_name_of_person(resource_, name)) return keyed_hash(redaction_.key, text);
    return redaction_.emails ? without_addresses(redaction_.key, text) : text;
  }

  const Redaction& redaction_;
  std::string_view resource_;
};

}  // namespace

std::string redacted(const Redaction& redaction, std::string_view resource, const JsonValue& record) {
  if (!redaction.emails && !redaction.names) return std::string(record.raw());
  return rewritten_json(record, Rule(redaction, resource));
}

}  // namespace toksync::api::toktra
