// What the versions of the Toksta API have in common: the envelope of their answers, keys, headers and statuses. Base
// of the providers of v1 and of the partner API, which differ in what they ask and in what the answers hold.
#pragma once

#include "api/json.hpp"
#include "api/provider.hpp"
#include "api/toksta/decode.hpp"
#include "api/toksta/requests.hpp"

namespace toksync::api::toksta {

class EnvelopeProvider : public Provider {
 public:
  explicit EnvelopeProvider(ProviderOptions options);
  [[nodiscard]] http::Request to_request(const Call& call) const final;
  [[nodiscard]] Answer decode(const Call& call, const Outcome& outcome, WallTime received_at) const final;

 private:
  /// What a call says.
  [[nodiscard]] virtual Message message_of(const Call& call) const = 0;
  /// What the `data` of a successful answer says.
  [[nodiscard]] virtual Decoded payload_of_content(const Call& call, const Content& content) const = 0;
  /// What it means when the API says NOT_FOUND; nothing when that is a refusal like others.
  [[nodiscard]] virtual std::optional<Payload> nothing_found(const Call& /*call*/) const { return std::nullopt; }

  [[nodiscard]] tl::expected<Payload, Failure> payload_of(const Call& call, const http::Response& response,
                                                          const Expected<JsonDocument>& document) const;
  [[nodiscard]] tl::expected<Payload, Failure> payload_of_success(const Call& call, const http::Response& response,
                                                                  const Expected<JsonDocument>& document) const;

  ProviderOptions options_;
  mutable JsonMemory memory_;
};

}  // namespace toksync::api::toksta
