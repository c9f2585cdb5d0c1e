// The part of the conformance suite that is about a Provider: its calls as exchanges, and what it promises of records,
// prices and its name. A new provider adds a function that makes its ProviderSubject, and a line in
// test_conformance.cpp.
#pragma once

#include "api/conformance.hpp"

namespace toksync::api::conformance {

struct SampleAnswer {
  std::string name;
  Call call;
  std::string body;
  int status = 200;
  std::vector<std::string> enumerations{};
  bool may_be_missing = false;
};

struct ProviderSubject {
  std::string name;  ///< as make_provider knows it
  /// One of every kind of call that the provider answers.
  std::vector<SampleAnswer> samples;
  std::vector<Refusal> refusals;
};

[[nodiscard]] ProviderSubject toksta_subject();
[[nodiscard]] ProviderSubject toksta_partner_subject();

/// The provider's exchanges, with a key and a host of this suite's own.
[[nodiscard]] Subject subject_of(const ProviderSubject& provider);

/// Records read again say the same; raw records are JSON; every item has a price; operations of the usage are told
/// apart; the name is its own.
void check_promises(const ProviderSubject& provider);

}  // namespace toksync::api::conformance
