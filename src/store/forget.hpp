// Erasing a person, as they may demand: from every table and from the raw records, in a way that they do
// not come back. Used by `cli`, under the lock.
#pragma once

#include "store/store.hpp"

namespace toksync::store {

struct ErasedRows {
  std::string relation;  ///< as analysts know it
  std::int64_t rows = 0;
};

struct Erasure {
  std::vector<ErasedRows> rows;  ///< of jobs: those that no longer tell whom they were for
  bool was_forgotten = false;    ///< before this already; at most the wiping was left to do
};

}  // namespace toksync::store
