#include <string>

#include <doctest/doctest.h>

#include "base/digest.hpp"

namespace toksync {
namespace {

// The vectors of FIPS 180-2, appendix B.
TEST_CASE("SHA-256 gives the published digests") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 as base64") {
  CHECK(sha256_base64("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(sha256_base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST_CASE("every byte counts, a NUL too") {
  CHECK(sha256_hex(std::string{"a\0b", 3}) != sha256_hex("a"));
  CHECK(sha256_hex("a") != sha256_hex("a\n"));
}

// The test cases of RFC 4231, section 4; that of 4.6 is cut to 128 bits there.
TEST_CASE("HMAC-SHA256 gives the published codes") {
  const auto repeated = [](char byte, std::size_t count) { return std::string(count, byte); };
  std::string counted;
  for (char byte = 1; byte <= 25; ++byte) counted += byte;
  CHECK(hmac_sha256_hex(repeated('\x0b', 20), "Hi There") ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hmac_sha256_hex(repeated('\xaa', 20), repeated('\xdd', 50)) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(hmac_sha256_hex(counted, repeated('\xcd', 50)) ==
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(hmac_sha256_hex(repeated('\x0c', 20), "Test With Truncation").substr(0, 32) ==
        "a3b6167473100ee06e0c796c2955552b");
  CHECK(hmac_sha256_hex(repeated('\xaa', 131), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(hmac_sha256_hex(repeated('\xaa', 131),
                        "This is a test using a larger than block-size key and a larger than block-size data. The key "
                        "needs to be hashed before being used by the HMAC algorithm.") ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("an empty key or text has a code too, and key and text are not one text") {
  CHECK(hmac_sha256_hex("", "").size() == 64);
  CHECK(hmac_sha256_hex("", "a") != hmac_sha256_hex("a", ""));
  CHECK(hmac_sha256_hex("ab", "c") != hmac_sha256_hex("a", "bc"));
  CHECK(hmac_sha256_hex("k", std::string{"a\0b", 3}) != hmac_sha256_hex("k", "a"));
}

}  // namespace
}  // namespace toksync
