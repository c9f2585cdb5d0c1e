// The seam between mirrors and one API that offers lists to read: which lists there are, how a page is asked for, what
// an answer means. One folder of `api/` each, as with api/provider.hpp, for APIs that sell nothing. Used by
// engine/mirror.cpp. Only what `to_request` builds can ever be sent, and it builds nothing but reads.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>

#include "api/provider.hpp"
#include "model/mirror.hpp"

namespace toksync::api {

enum class RateLimitKind {
  window,  ///< so many requests until the reset time
  bucket,  ///< tokens that come back one by one; the reset time tells when all are back
};

class MirrorProvider {
 public:
  virtual ~MirrorProvider() = default;
  /// "tokportal".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// What can be mirrored, in the order in which a walk makes most sense: cheap ones first, parents before children.
  [[nodiscard]] virtual std::span<const MirrorResource> resources() const = 0;
  [[nodiscard]] virtual RateLimitKind rate_limit() const = 0;
  /// Requests a minute that no run goes beyond, whatever the server allows.
  [[nodiscard]] virtual std::optional<int> ceiling() const { return std::nullopt; }

  /// The read for a call. The same, byte for byte, for the same call.
  [[nodiscard]] virtual http::Request to_request(const MirrorCall& call) const = 0;
  /// What the outcome means: a MirrorPage, or a failure. What is missing but no error (a record that is not made yet, a
  /// parent that is gone) is an empty page.
  [[nodiscard]] virtual Answer decode(const MirrorCall& call, const Outcome& outcome, WallTime received_at) const = 0;
  /// What a stored record says; or why it cannot be read.
  [[nodiscard]] virtual tl::expected<MirrorRow, std::string> read_record(const MirrorResource& resource,
                                                                         std::string_view raw_json) const = 0;

  // --- signing in, for APIs whose access tokens end ---
  /// The request that has to be answered before any call may leave at `now`; nothing when none is needed.
  [[nodiscard]] virtual std::optional<http::Request> sign_in(SteadyTime now) const {
    (void)now;
    return std::nullopt;
  }
  /// Takes what came of it. A failure of kind `unauthorized` is final.
  [[nodiscard]] virtual tl::expected<void, Failure> signed_in(const Outcome& outcome, SteadyTime now) {
    (void)outcome, (void)now;
    return {};
  }
  /// After a call was refused with 401: true when signing in anew may help, which the next sign_in() then asks for.
  /// True once only until a call succeeds.
  [[nodiscard]] virtual bool sign_in_again() { return false; }
};

struct MirrorOptions {
  std::string base_url;  ///< without a trailing slash
  Secret api_key;        ///< empty when a client signs in
  Secret client_id, client_secret;
  Milliseconds timeout{60'000};  ///< of one request
  std::set<std::string> redact;  ///< the kinds of personal fields that are replaced by keyed hashes
  Secret redact_key;
};

/// True when pipelines of that API have mirrors, not stages.
[[nodiscard]] bool is_mirror(std::string_view name);

/// Makes the provider of that name ("tokportal", "toktra"); an unknown name is an Error of kind usage.
[[nodiscard]] Expected<std::unique_ptr<MirrorProvider>> make_mirror_provider(std::string_view name,
                                                                             MirrorOptions options);

}  // namespace toksync::api
