#include "cli/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "cli/print/output.hpp"

namespace toksync::cli {
namespace {

constexpr Milliseconds kRedraw{100};
constexpr Milliseconds kPlainPause{60'000};
constexpr std::size_t kBarWidth = 20;
constexpr double kEnoughForEstimate = 0.02;
constexpr std::string_view kClearLine = "\r\033[K";

bool is_over(store::StageStatus status) {
  return status != store::StageStatus::waiting && status != store::StageStatus::running;
}

/// How much of a unit is behind it, from 0 to 1.
double fraction_of(const engine::UnitProgress& unit) {
  if (is_over(unit.status)) return 1;
  const auto settled = static_cast<double>(unit.done + unit.failed + unit.held);
  return unit.total > 0 ? std::min(1.0, settled / static_cast<double>(unit.total)) : 0;
}

double fraction_of(const engine::Progress& progress) {
  double sum = 0;
  for (const auto& unit : progress.units) sum += fraction_of(unit);
  return progress.units.empty() ? 0 : sum / static_cast<double>(progress.units.size());
}

/// "search 300/500, enrich 20/100": all keyword sets together, stages that have something to do only.
std::string describe_units(const engine::Progress& progress) {
  std::vector<engine::UnitProgress> sums;
  for (const auto& unit : progress.units) {
    auto found = std::ranges::find(sums, unit.name, &engine::UnitProgress::name);
    if (found == sums.end()) found = sums.insert(sums.end(), {.name = unit.name});
    found->total += unit.total;
    found->done += unit.done;
    found->failed += unit.failed;
    found->held += unit.held;
  }
  std::string text;
  for (const auto& sum : sums) {
    if (sum.total == 0) continue;
    text += fmt::format("{}{} {}/{}", text.empty() ? "" : ", ", sum.name, sum.done, sum.total);
    if (sum.failed > 0) text += fmt::format(" ({} failed)", sum.failed);
    if (sum.held > 0) text += fmt::format(" ({} held)", sum.held);
  }
  return text.empty() ? "starting" : text;
}

/// Tells how long the rest may take, by the pace since the first look.
class Pace {
 public:
  explicit Pace(const Clock& clock) : clock_(clock) {}

  std::string describe(double fraction) {
    const auto now = clock_.steady();
    if (!started_) {
      started_ = now;
      first_fraction_ = fraction;
    }
    const auto gained = fraction - first_fraction_;
    if (gained < kEnoughForEstimate || fraction >= 1) return {};
    const auto elapsed = static_cast<double>((now - *started_).count());
    const auto left = std::llround(elapsed * (1 - fraction) / gained);
    return fmt::format("; about {} left", describe_duration(Milliseconds{left}));
  }

 private:
  const Clock& clock_;
  std::optional<SteadyTime> started_;
  double first_fraction_ = 0;
};

/// The stages stand last: a narrow terminal cuts the end.
std::string describe(const engine::Progress& progress, Pace& pace) {
  auto text = count(progress.requests, "request");
  if (progress.credits_spent) text = count(*progress.credits_spent, "credit") + ", " + text;
  text += pace.describe(fraction_of(progress));
  if (progress.rate_limit_wait >= Seconds{1}) {
    text += fmt::format("; rate limit: next in {}", describe_duration(progress.rate_limit_wait));
  }
  return text + "; " + describe_units(progress);
}

/// Whether enough time has passed since the last time it said yes.
class Rhythm {
 public:
  Rhythm(const Clock& clock, Milliseconds pause, SteadyTime last) : clock_(clock), pause_(pause), last_(last) {}

  bool is_due() {
    const auto now = clock_.steady();
    if (now - last_ < pause_) return false;
    last_ = now;
    return true;
  }

 private:
  const Clock& clock_;
  Milliseconds pause_;
  SteadyTime last_;
};

class NoProgress final : public engine::Observer {
 public:
  void observe(const engine::Progress& /*progress*/) override {}
};

class PlainProgress final : public engine::Observer {
 public:
  explicit PlainProgress(const World& world)
      : logger_(world.env.logger), pace_(world.clock), rhythm_(world.clock, kPlainPause, world.clock.steady()) {}

  void observe(const engine::Progress& progress) override {
    const auto line = describe(progress, pace_);
    if (rhythm_.is_due()) logger_->info("{}", line);
  }

 private:
  Logger logger_;
  Pace pace_;
  Rhythm rhythm_;
};

/// Stands before the sink that prints, so that a line of the log does not begin within the bar.
class ClearLineSink final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& /*message*/) override { flush_(); }
  void flush_() override { std::fwrite(kClearLine.data(), 1, kClearLine.size(), stderr); }
};

class BarProgress final : public engine::Observer {
 public:
  explicit BarProgress(const World& world)
      : terminal_(world.err),
        logger_(world.env.logger),
        clear_line_(std::make_shared<ClearLineSink>()),
        pace_(world.clock),
        rhythm_(world.clock, kRedraw, SteadyTime{}) {
    logger_->sinks().insert(logger_->sinks().begin(), clear_line_);
  }
  BarProgress(const BarProgress&) = delete;
  BarProgress& operator=(const BarProgress&) = delete;
  ~BarProgress() override {
    fmt::print(stderr, "{}", kClearLine);
    std::erase(logger_->sinks(), clear_line_);
  }

  void observe(const engine::Progress& progress) override {
    if (!rhythm_.is_due()) return;
    const auto fraction = fraction_of(progress);
    const auto filled = static_cast<std::size_t>(fraction * kBarWidth);
    const auto line = fmt::format("[{:.<{}}] {:3.0f} %  {}", std::string(filled, '#'), kBarWidth,
                                  std::floor(fraction * 100), describe(progress, pace_));
    // One column stays free: a full line would wrap on some terminals.
    fmt::print(stderr, "{}{}", kClearLine, shorten(line, terminal_.width.value_or(80) - 1));
  }

 private:
  Terminal terminal_;
  Logger logger_;
  spdlog::sink_ptr clear_line_;
  Pace pace_;
  Rhythm rhythm_;
};

}  // namespace

ProgressStyle progress_style(const World& world, const Options& options) {
  if (options.progress != ProgressStyle::automatic) return options.progress;
  if (options.quiet) return ProgressStyle::none;
  const bool draws = world.err.is_terminal && options.log_format == LogFormat::text;
  return draws ? ProgressStyle::bar : ProgressStyle::plain;
}

std::unique_ptr<engine::Observer> make_progress(World& world, ProgressStyle style) {
  switch (style) {
    case ProgressStyle::bar: return std::make_unique<BarProgress>(world);
    case ProgressStyle::plain: return std::make_unique<PlainProgress>(world);
    default: return std::make_unique<NoProgress>();
  }
}

}  // namespace toksync::cli
