// Rate-limit and retry headers, and the rate limiter that obeys them, over any sequence of requests and answers.
// One line is one step:
//
//   ceiling 60                the user's own limit; only as the first line
//   send                      a request leaves as soon as the limiter lets it
//   wait 1500                 milliseconds pass
//   x-ratelimit-limit: 60     a header of the next answer
//   answer 200                the next answer arrives, if one is awaited
#include <cstdint>
#include <deque>

#include "api/headers.hpp"
#include "engine/rate_limiter.hpp"
#include "engine/retry.hpp"
#include "fuzz/message.hpp"
#include "fuzz/property.hpp"

namespace toksync::fuzz {
namespace {

using engine::RateLimiter;

constexpr WallTime kWallStart{Milliseconds{1'780'272'000'000}};  // 2026-06-01T00:00:00Z
constexpr SteadyTime kStart{Milliseconds{1'000'000}};
constexpr Milliseconds kMinute{60'000};
constexpr Milliseconds kHour{3'600'000};
constexpr Milliseconds kUsualRetry{2'000};
constexpr int kMostSteps = 2'000;

/// What the server has allowed, by its last words on it.
struct Allowance {
  int left = 0;
  SteadyTime until = SteadyTime::min();  ///< the end of its window, as told
};

class Client {
 public:
  explicit Client(std::optional<int> ceiling) : ceiling_(ceiling), limiter_(ceiling) {}

  void wait(Milliseconds time) { now_ += time; }
  void hear(std::string_view line) { response_.headers.push_back(read_header(line)); }

  /// The clock moves to the moment at which the request may leave; with none to come, an answer comes first.
  void send() {
    auto slot = limiter_.next_slot(now_);
    if (slot == SteadyTime::max()) {
      require(in_flight_ > 0, "with nothing in flight a request may leave some day");
      answer(200);
      slot = limiter_.next_slot(now_);
      if (slot == SteadyTime::max()) return;
    }
    require(slot <= now_ + kHour + kMinute, "no slot is further away than an hour");
    require(limiter_.next_slot(std::max(now_, slot)) <= std::max(now_, slot), "a slot that was promised is given");
    now_ = std::max(now_, slot);
    depart();
  }

  void answer(int status) {
    response_.status = status;
    const auto limits = api::rate_limit_of(response_, wall());
    const auto retry_after = api::retry_after_of(response_, wall());
    check_headers(limits, retry_after);
    if (in_flight_ > 0) take_in(limits, retry_after);
    response_ = {};
  }

 private:
  [[nodiscard]] WallTime wall() const { return kWallStart + (now_ - kStart); }

  void depart() {
    require(heard_ || in_flight_ == 0, "until the server has spoken, one request at a time leaves");
    require(now_ >= blocked_until_, "nothing leaves before a refusal's delay is over");
    if (now_ < allowance_.until) require(allowance_.left-- > 0, "no more leave than the server has left");
    limiter_.sent(now_);
    ++in_flight_;
    sent_.push_back(now_);
    if (ceiling_) require(sent_within(kMinute) <= *ceiling_, "no more leave in a minute than the user allows");
    const auto silent = limit_ && knows_no_window_ ? limit_ : std::nullopt;
    if (silent) require(sent_since(limit_since_) <= std::max(1, *silent), "no more leave in a minute than the limit");
  }

  [[nodiscard]] int sent_within(Milliseconds time) const { return sent_since(now_ - time + Milliseconds{1}); }

  /// Sends of the last minute, those before `since` not counted.
  [[nodiscard]] int sent_since(SteadyTime since) const {
    const auto from = std::max(since, now_ - kMinute + Milliseconds{1});
    return static_cast<int>(std::ranges::count_if(sent_, [from](SteadyTime at) { return at >= from; }));
  }

  static void check_headers(const RateLimitHeaders& limits, std::optional<Seconds> retry_after) {
    require(!limits.limit || *limits.limit >= 0, "a limit is not negative");
    require(!limits.remaining || *limits.remaining >= 0, "no fewer than none remain");
    require(!limits.reset_in || (*limits.reset_in >= Milliseconds{0} && *limits.reset_in <= kHour),
            "a reset is between now and an hour");
    require(!retry_after || (*retry_after >= Seconds{0} && *retry_after <= kHour), "a delay is at most an hour");
    for (const int attempt : {-1, 1, 5, 1'000'000}) {
      Random random(7);
      const auto delay = engine::retry_delay(attempt, retry_after, random);
      require(delay >= engine::kShortestDelay, "a retry waits");
      require(delay <= std::max<Milliseconds>(engine::kLongestDelay, retry_after.value_or(Seconds{0})),
              "a retry waits no longer than it has to");
    }
  }

  void take_in(const RateLimitHeaders& limits, std::optional<Seconds> retry_after) {
    --in_flight_;
    heard_ = true;
    limiter_.answered(limits, now_);
    believe(limits);
    if (response_.status != 429) return;
    const auto delay = retry_after ? Milliseconds{*retry_after} : kUsualRetry;
    limiter_.refused(delay, now_);
    blocked_until_ = std::max(blocked_until_, now_ + delay);
  }

  void believe(const RateLimitHeaders& limits) {
    if (!limits.limit) return;
    const auto left = limits.remaining.value_or(*limits.limit);
    const bool is_new = limit_ != limits.limit;
    if (is_new) allowance_.left = left;
    if (is_new || (!limits.reset_in && !knows_no_window_)) limit_since_ = now_;
    limit_ = limits.limit;
    if (!limits.reset_in) knows_no_window_ = true;
    if (!limits.reset_in || *limits.reset_in == Milliseconds{0}) return;
    knows_no_window_ = false;
    allowance_ = {left, now_ + std::min(*limits.reset_in, kMinute)};
  }

  std::optional<int> ceiling_;
  RateLimiter limiter_;
  SteadyTime now_ = kStart;
  http::Response response_;
  int in_flight_ = 0;
  bool heard_ = false;
  bool knows_no_window_ = true;  ///< the last answer did not tell when the window ends
  std::optional<int> limit_;
  SteadyTime limit_since_ = SteadyTime::min();  ///< since then it is this limit, without a window
  Allowance allowance_;
  SteadyTime blocked_until_ = SteadyTime::min();
  std::deque<SteadyTime> sent_;
};

void play(Client& client, std::string_view line) {
  if (line == "send") return client.send();
  if (line.starts_with("wait ")) return client.wait(Milliseconds{read_number(line.substr(5), 7'200'000, 1)});
  if (line.starts_with("answer"))
    return client.answer(read_number(line.substr(std::min<std::size_t>(7, line.size())), 999, 200));
  client.hear(line);
}

}  // namespace
}  // namespace toksync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toksync::fuzz;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::optional<int> ceiling;
  // The pipeline allows 1 to 6000.
  if (text.starts_with("ceiling ")) ceiling = std::max(1, read_number(take_line(text).substr(8), 6'000, 60));
  Client client(ceiling);
  for (int step = 0; step < kMostSteps && !text.empty(); ++step) play(client, take_line(text));
  return 0;
}
