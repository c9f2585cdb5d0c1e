// The large database of bench_queries: filled through the store's own schema, with rows as long as real ones and
// with whatever the store keeps in sum, in minutes instead of the nights that it stands for.
#pragma once

#include <string>
#include <vector>

#include "pipeline/pipeline.hpp"

namespace toksync::bench {

struct Sizes {
  std::int64_t creators = 1'000'000;
  std::int64_t runs = 100;         ///< spread evenly over the pipelines, one a day
  std::int64_t hits = 10'000;      ///< of each keyword set in each run; a tenth of them is enriched, and so on
  std::int64_t requests = 5000;    ///< of each run
  std::int64_t backlog = 100'000;  ///< hits of each keyword set of one more run, that of the last pipeline
};

inline constexpr int kPipelines = 4;
inline constexpr int kKeywordSets = 3;

/// The file of the pipeline of that number; `hits` is what each of its keyword sets asks for.
[[nodiscard]] std::string pipeline_text(const std::string& name, std::int64_t hits);

/// Fills a new database. The last of the pipelines is that of the backlog; it ran once.
void fill(const std::string& path, const std::vector<pipeline::Pipeline>& pipelines, const Sizes& sizes);

}  // namespace toksync::bench
