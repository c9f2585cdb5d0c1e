#include "base/digest.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace toksync {
namespace {

constexpr std::size_t kDigestSize = 32;

std::array<unsigned char, kDigestSize> sha256(std::string_view bytes) {
  std::array<unsigned char, kDigestSize> digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available in this OpenSSL");
  }
  return digest;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::string text;
  for (const auto byte : sha256(bytes)) text += fmt::format("{:02x}", byte);
  return text;
}

std::string sha256_base64(std::string_view bytes) {
  constexpr std::size_t kEncodedSize = (kDigestSize + 2) / 3 * 4;
  const auto digest = sha256(bytes);
  std::array<unsigned char, kEncodedSize + 1> text{};  // with the NUL that OpenSSL writes
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(kDigestSize));
  return {text.begin(), text.begin() + kEncodedSize};
}

}  // namespace toksync
