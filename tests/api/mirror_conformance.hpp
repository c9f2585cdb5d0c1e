// The conformance suite for providers of mirrors: a few lists of each, and an answer to each as the API gives it.
#pragma once

#include "api/conformance.hpp"
#include "api/mirror.hpp"

namespace toksync::api::conformance {

struct SampleList {
  std::string resource;
  std::string slice;
  std::string body;
  std::vector<std::string> enumerations{};
};

struct MirrorSubject {
  std::string name, key;
  std::vector<SampleList> lists;
  std::vector<Refusal> refusals;
};

[[nodiscard]] MirrorSubject tokportal_subject();
[[nodiscard]] MirrorSubject toktra_subject();

[[nodiscard]] Subject subject_of(const MirrorSubject& described);
/// What a provider of mirrors promises beyond: its descriptions are whole, it only reads, and a stored record says the
/// same again.
void check_promises(const MirrorSubject& described);

}  // namespace toksync::api::conformance
