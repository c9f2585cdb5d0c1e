// How a fuzz target says that something must hold: libFuzzer takes the abort for a crash, and keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace toksync::fuzz {

/// Ends the process when the property, told in a few words, does not hold.
inline void require(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "not so: %.*s\n", static_cast<int>(property.size()), property.data());
  std::abort();
}

}  // namespace toksync::fuzz
