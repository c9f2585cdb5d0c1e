#include "api/percent.hpp"

#include <fmt/format.h>

namespace toksync::api {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~";

std::string encoded(std::string_view text, bool dots_are_plain = true) {
  std::string result;
  for (const char c : text) {
    if (kLetters.find(c) != std::string_view::npos || (c == '.' && dots_are_plain)) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace

std::string path_part(std::string_view id) {
  const bool is_dots = id.find_first_not_of('.') == std::string_view::npos;
  return encoded(id, !is_dots);
}

std::string form_encoded(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    if (!form.empty()) form += '&';
    form += encoded(name) + "=" + encoded(value);
  }
  return form;
}

}  // namespace toksync::api
