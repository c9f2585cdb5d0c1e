// The seam between what toksync wants and one API's way of saying it. One folder of `api/` each;
// used by `engine` (requests and answers) and `plan` (prices). A provider never sleeps, retries or stores.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"
#include "model/answer.hpp"
#include "model/call.hpp"
#include "model/credits.hpp"
#include "model/stage_name.hpp"
#include "model/stored_record.hpp"

namespace toksync::api {

using Outcome = std::variant<http::Response, http::TransportFailure>;

class Provider {
 public:
  virtual ~Provider() = default;
  /// "toksta".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The request for a call. The body is the same, byte for byte, for the same call.
  [[nodiscard]] virtual http::Request to_request(const Call& call) const = 0;
  /// What the outcome of that call means. `received_at` turns the reset time of the headers into a delay.
  [[nodiscard]] virtual Answer decode(const Call& call, const Outcome& outcome, WallTime received_at) const = 0;
  /// What a record that came earlier says, as this version understands it; or why it cannot be read. Reading
  /// the `raw_json` of a decoded record gives that record again.
  [[nodiscard]] virtual tl::expected<StoredRecord, std::string> decode_record(RecordKind kind,
                                                                              std::string_view raw_json) const = 0;
  /// The provider's own price list, before the pipeline's overrides.
  [[nodiscard]] virtual PriceTable prices() const = 0;
  /// Which stage an operation of the account's usage belongs to; nothing when that is not known.
  [[nodiscard]] virtual std::optional<StageName> family_of_operation(std::string_view operation) const = 0;
};

struct ProviderOptions {
  std::string base_url;  ///< without a trailing slash
  Secret api_key;
  Milliseconds timeout{60'000};  ///< of one request, on top of what the server may hold it
};

/// Makes the provider of that name ("toksta"); an unknown name is an Error of kind usage.
[[nodiscard]] Expected<std::unique_ptr<Provider>> make_provider(std::string_view name, ProviderOptions options);

}  // namespace toksync::api
