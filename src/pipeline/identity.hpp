// What makes two pipeline files the same for a run: everything that it goes by, and nothing else. A run is picked up
// while this stays. Used by the loader, which keeps the digest of it.
#pragma once

#include <string>

#include "pipeline/document.hpp"

namespace toksync::pipeline {

/// The document as one text: keys and values in the order of the file, without comments, layout, `description` and
/// [notify]. A variable stands for itself: what it holds does not count.
[[nodiscard]] std::string identity_of(const Table& document);

}  // namespace toksync::pipeline
