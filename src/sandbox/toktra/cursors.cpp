#include "sandbox/toktra/cursors.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "sandbox/dice.hpp"

namespace toksync::sandbox::toktra {
namespace {

using nlohmann::json;

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Without padding.
std::string to_base64url(std::string_view bytes) {
  std::string text;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = (held << 8U) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += digits[(held >> (bits - 6)) & 63U];
  }
  if (bits > 0) text += digits[(held << (6 - bits)) & 63U];
  return text;
}

std::string from_base64url(std::string_view text) {
  std::string bytes;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char letter : text) {
    const auto digit = digits.find(letter);
    if (digit == std::string_view::npos) return "";
    held = (held << 6U) | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>((held >> bits) & 255U);
  }
  return bytes;
}

/// What a cursor is good for: another process gives others.
std::string mark_of(const std::string& question, std::uint64_t epoch) {
  return uuid_of(hash_of(question, epoch * 100'000 + static_cast<std::uint64_t>(::getpid()))).substr(0, 8);
}

}  // namespace

std::string Cursors::make(const std::string& question, const std::string& last_key, WallTime now) const {
  return to_base64url(
      json{{"id", last_key}, {"at", now.time_since_epoch().count()}, {"mark", mark_of(question, epoch_)}}.dump());
}

std::optional<std::string> Cursors::read(const std::string& cursor, const std::string& question, WallTime now) const {
  const json told = json::parse(from_base64url(cursor), nullptr, false);
  if (!told.is_object() || !told.contains("id") || !told.contains("at") || !told.contains("mark")) return std::nullopt;
  if (told["mark"] != mark_of(question, epoch_) || !told["at"].is_number_integer() || !told["id"].is_string()) {
    return std::nullopt;
  }
  const WallTime made{Milliseconds{told["at"].get<std::int64_t>()}};
  if (now - made > lifetime_) return std::nullopt;
  return told["id"].get<std::string>();
}

}  // namespace toksync::sandbox::toktra
