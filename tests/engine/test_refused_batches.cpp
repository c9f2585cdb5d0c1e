#include <algorithm>
#include <bit>
#include <deque>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "engine/refused_batches.hpp"

namespace toksync::engine {
namespace {

/// An API that refuses batches which hold one of `bad`, or more than `most`; asked about halves before anything else.
struct Api {
  std::set<int> bad;
  std::size_t most = 1'000;
  RefusedBatches batches;
  std::set<int> accepted, failed;
  std::vector<std::size_t> sizes_learned;
  int requests = 0;

  struct Batch {
    std::vector<int> creators;
    std::optional<BatchHalving> half_of;
  };

  void send(int creators) {
    std::vector<int> all;
    for (int i = 1; i <= creators; ++i) all.push_back(i);
    requests = 0;
    for (std::deque<Batch> queue{{all, {}}}; !queue.empty();) {
      const auto batch = queue.front();
      queue.pop_front();
      answer(batch, queue);
    }
  }

  void answer(const Batch& batch, std::deque<Batch>& queue) {
    ++requests;
    const auto& all = batch.creators;
    const auto is_bad = [&](int creator) { return bad.contains(creator); };
    if (all.size() <= most && std::ranges::none_of(all, is_bad)) {
      accepted.insert(all.begin(), all.end());
      if (const auto size = batches.accepted(0, batch.half_of)) sizes_learned.push_back(*size);
      return;
    }
    const auto halving = batches.halve(0, all.size());
    if (!halving) return failed.insert(all.begin(), all.end()), void();
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    queue.push_front({{middle, all.end()}, halving});
    queue.push_front({{all.begin(), middle}, halving});
  }
};

TEST_CASE("one creator at fault fails alone, wherever it stands, and costs two requests a halving") {
  for (const int size : {2, 3, 7, 50, 64, 200}) {
    for (const int bad : {1, 2, size / 2, size - 1, size}) {
      if (bad < 1) continue;
      CAPTURE(size);
      CAPTURE(bad);
      Api api{.bad = {bad}};
      api.send(size);
      CHECK(api.failed == std::set{bad});
      CHECK(api.accepted.size() == static_cast<std::size_t>(size) - 1);
      CHECK(api.requests <= 1 + 2 * static_cast<int>(std::bit_width(static_cast<unsigned>(size - 1))));
      CHECK(api.sizes_learned.empty());
    }
  }
}

TEST_CASE("several at fault fail alone, too") {
  Api api{.bad = {3, 30, 31}};
  api.send(50);
  CHECK(api.failed == std::set{3, 30, 31});
  CHECK(api.accepted.size() == 47);
}

TEST_CASE("what is wrong with every part is soon known, and not tried again until something passes") {
  Api api{.most = 0};
  api.send(50);
  CHECK(api.failed.size() == 50);
  CHECK(api.requests <= 1 + 2 * 6);
  api.send(50);
  CHECK(api.requests == 1);
  api.most = 1'000;
  api.send(50);
  api.bad = {7};
  api.failed.clear();
  api.send(50);
  CHECK(api.failed == std::set{7});
}

TEST_CASE("a batch was too large when both of its halves pass") {
  Api api{.most = 25};
  api.send(50);
  CHECK(api.sizes_learned == std::vector<std::size_t>{25});
  CHECK(api.failed.empty());
  Api odd{.most = 25};
  odd.send(49);
  CHECK(odd.sizes_learned == std::vector<std::size_t>{25});
  Api small{.most = 20};
  small.send(50);
  CHECK(small.sizes_learned == std::vector<std::size_t>{13, 13});
  CHECK(small.failed.empty());
}

}  // namespace
}  // namespace toksync::engine
