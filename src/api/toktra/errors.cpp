#include "api/toktra/errors.hpp"

namespace toksync::api::toktra {
namespace {

std::string first_text(std::initializer_list<JsonValue> values, const char* otherwise) {
  for (const auto& value : values) {
    if (auto text = value.text(); text && !text->empty()) return std::move(*text);
  }
  return otherwise;
}

}  // namespace

std::optional<ApiError> error_of(const JsonValue& root) {
  const auto error = root["error"];
  const auto message =
      first_text({error["message"], root["message"], root["error_description"], error["description"]}, "no message");
  if (error.is_object()) return ApiError{first_text({error["code"], error["type"]}, "UNKNOWN"), message};
  if (!error.is_text()) return std::nullopt;
  return ApiError{first_text({error}, "UNKNOWN"), message};
}

}  // namespace toksync::api::toktra
