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

/// How results can be read, where APIs differ in more than words. The engine plans its questions by this.
struct Ways {
  /// A question is about the jobs of one start: as many as it brought, and no others with them. Enrichments, too, are
  /// then read by the ids that the start's answer gave its jobs.
  bool reads_by_start = false;
  /// What a start whose answer was lost has brought about can be looked for by creator. Where it cannot, the account's
  /// usage alone tells what became of it.
  bool finds_by_creator = true;
  /// How long the server may hold a question about jobs until they have ended; 0 when it does not.
  Seconds longest_hold{30};
};

class Provider {
 public:
  virtual ~Provider() = default;
  /// "toksta"; what `api` in the pipeline file says.
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Ways ways() const { return {}; }
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

/// Makes the provider of that name ; an unknown name is an Error of kind usage.
[[nodiscard]] Expected<std::unique_ptr<Provider>> make_provider(std::string_view name, ProviderOptions options);

}  // namespace toksync::api
