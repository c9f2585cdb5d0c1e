#include "base/digest.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace toksync {
namespace {

constexpr std::size_t kDigestSize = 32;

using Digest = std::array<unsigned char, kDigestSize>;

std::string hex_of(const Digest& digest) {
  std::string text;
  for (const auto byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

Digest sha256(std::string_view bytes) {
  Digest digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available in this OpenSSL");
  }
  return digest;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) { return hex_of(sha256(bytes)); }

std::string sha256_base64(std::string_view bytes) {
  constexpr std::size_t kEncodedSize = (kDigestSize + 2) / 3 * 4;
  const auto digest = sha256(bytes);
  std::array<unsigned char, kEncodedSize + 1> text{};  // with the NUL that OpenSSL writes
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(kDigestSize));
  return {text.begin(), text.begin() + kEncodedSize};
}

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
  Digest digest{};
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(), nullptr);
  if (made == nullptr) throw std::runtime_error("HMAC is not available in this OpenSSL");
  return hex_of(digest);
}

}  // namespace toksync
