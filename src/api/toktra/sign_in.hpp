// OAuth 2.0 with client credentials: the access token, from when it is asked for until it ends. It is kept in memory
// only. Used by the provider.
#pragma once

#include <optional>
#include <string>

#include "api/mirror.hpp"

namespace toksync::api::toktra {

class SignIn {
 public:
  /// `base_url` ends in "/v1".
  SignIn(const MirrorOptions& options, std::string base_url);

  /// The request for a token; nothing as long as there is one that does not end soon.
  [[nodiscard]] std::optional<http::Request> request(SteadyTime now) const;
  /// Takes the answer. 400 and 401 mean that the client is not known: `unauthorized`, which is final.
  [[nodiscard]] tl::expected<void, Failure> answered(const Outcome& outcome, SteadyTime now);

  [[nodiscard]] const Secret& token() const { return token_; }
  /// A call was refused: drops the token. False when the one before it was refused as well, and no call in between
  /// succeeded.
  [[nodiscard]] bool refused();
  void accepted() { was_refused_ = false; }

 private:
  std::string base_url_;
  Secret client_id_, client_secret_;
  Milliseconds timeout_;
  Secret token_;
  SteadyTime ends_at_ = SteadyTime::min();
  bool was_refused_ = false;
};

}  // namespace toksync::api::toktra
