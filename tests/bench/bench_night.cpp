// Whole nights on a manual clock: how long a run takes against the least time in which anybody could do it, and how
// many requests it needs against the fewest. Prints Markdown; ends with 1 when a night does not bring what it
// should, meets a 429, or is quicker than the bound, which then is none.
#include <algorithm>
#include <charconv>
#include <iostream>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "night_run.hpp"

namespace toksync::bench {
namespace {

const char* const kHelp =
    R"(bench_night [--short] [--creators N,...] [--rate N,...] [--latency NAME,...] [--shape NAME,...]
            [--windows request|clock] [--no-wait] [--first-night] [--in-flight N] [--target RATIO]
            [--minutes] [--trace]

  --short       one case of each kind, in seconds
  --creators    50, 200, 1000, 5000 or any other number
  --rate        requests a minute: 20, 60, 150 or any other number
  --latency     of jobs: 5s, 60s, 300s (each up to 20 % more), mixed (5 to 300 s)
  --shape       streaming, ranking, sets, leaders
  --windows     a window of the rate limit begins with a request (the default), or with each minute of the clock
  --no-wait     the server does not know wait_seconds
  --in-flight   the pipeline's max_in_flight
  --target      end with 1 when a ratio to the blind bound is greater
  --first-night of a database: nobody knows yet how long jobs take; otherwise a small run learned it before
  --minutes     the requests of each minute, to see where the window stays empty
  --trace       each request: when, what, how long, what it brought
)";

/// Beyond so many creators the thought leaders at the end change nothing.
constexpr int kMostBeforeLeaders = 1000;

constexpr double kTarget = 1.10;

struct Selection {
  std::vector<Shape> shapes{Shape::streaming, Shape::ranking, Shape::sets, Shape::leaders};
  std::vector<int> creators{50, 200, 1000, 5000};
  std::vector<int> rates{20, 60, 150};
  std::vector<std::string> latencies{"5s", "60s", "300s", "mixed"};
  bool windows_follow_clock = false;
  bool holds = true;
  bool is_first_night = false;
  int max_in_flight = 16;
  std::optional<double> target;
  bool minutes = false;
  bool trace = false;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char letter : text) {
    if (letter == ',') {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  return parts;
}

int number(const std::string& text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 1) {
    throw std::invalid_argument("not a number from 1: " + text);
  }
  return value;
}

std::vector<int> numbers(const std::string& text) {
  std::vector<int> values;
  for (const auto& part : split(text)) values.push_back(number(part));
  return values;
}

JobTimes job_times(const std::string& name) {
  if (name == "mixed") return {name, Seconds{5}, Seconds{300}};
  if (name.size() < 2 || name.back() != 's') throw std::invalid_argument("neither 60s nor mixed: " + name);
  const Milliseconds least = Seconds{number(name.substr(0, name.size() - 1))};
  return {name, least, least + least / 5};
}

Shape shape(const std::string& name) {
  for (const auto one : {Shape::streaming, Shape::ranking, Shape::sets, Shape::leaders}) {
    if (to_string(one) == name) return one;
  }
  throw std::invalid_argument("no such shape: " + name);
}

bool windows_follow_clock(const std::string& name) {
  if (name != "request" && name != "clock") throw std::invalid_argument("windows begin with request or clock");
  return name == "clock";
}

Selection selection_of(const std::vector<std::string>& arguments) {
  Selection selection;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& flag = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) throw std::invalid_argument(flag + " needs a value");
      return arguments[++i];
    };
    if (flag == "--short") {
      selection.creators = {200};
      selection.rates = {60};
      selection.latencies = {"5s", "mixed"};
    } else if (flag == "--creators") {
      selection.creators = numbers(value());
    } else if (flag == "--rate") {
      selection.rates = numbers(value());
    } else if (flag == "--latency") {
      selection.latencies = split(value());
    } else if (flag == "--shape") {
      selection.shapes.clear();
      for (const auto& name : split(value())) selection.shapes.push_back(shape(name));
    } else if (flag == "--windows") {
      selection.windows_follow_clock = windows_follow_clock(value());
    } else if (flag == "--no-wait") {
      selection.holds = false;
    } else if (flag == "--first-night") {
      selection.is_first_night = true;
    } else if (flag == "--in-flight") {
      selection.max_in_flight = number(value());
    } else if (flag == "--target") {
      selection.target = std::stod(value());
    } else if (flag == "--minutes") {
      selection.minutes = true;
    } else if (flag == "--trace") {
      selection.trace = true;
    } else {
      throw std::invalid_argument("unknown flag " + flag);
    }
  }
  return selection;
}

struct Played {
  NightCase night;
  LeastTime least;
  NightResult result;

  [[nodiscard]] double ratio(Milliseconds bound) const {
    return static_cast<double>(result.took.count()) / static_cast<double>(bound.count());
  }
};

std::vector<NightCase> cases_of(const Selection& selection) {
  std::vector<NightCase> cases;
  for (const auto one : selection.shapes) {
    for (const auto& latency : selection.latencies) {
      for (const int rate : selection.rates) {
        for (const int creators : selection.creators) {
          if (one == Shape::leaders && creators > kMostBeforeLeaders) continue;
          cases.push_back({one, creators, rate, job_times(latency), selection.windows_follow_clock, selection.holds,
                           selection.max_in_flight});
        }
      }
    }
  }
  return cases;
}

std::string clock_text(Milliseconds time) {
  const auto tenths = (time.count() + 50) / 100;
  return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

std::string problem_with(const Played& played, const Selection& selection) {
  auto problem = played.result.complaint;
  const auto ratio = played.ratio(played.least.tight);
  if (ratio < 1) problem += "quicker than the bound, which is wrong; ";
  if (selection.target && played.ratio(played.least.blind) > *selection.target) {
    problem += fmt::format("ratio above {}; ", *selection.target);
  }
  return problem;
}

void print_times_header() {
  fmt::print("| shape | job time | rate | creators | achieved | blind bound | ratio | tight bound | ratio |");
  fmt::print(" simple bound | ratio | requests | fewest | 429 | wall time |\n|---|---|");
  for (int column = 0; column < 13; ++column) fmt::print("--:|");
  fmt::print("\n");
}

void print_times(const Played& played) {
  const auto& [night, least, result] = played;
  fmt::print("| {} | {} | {} | {} | {} |", to_string(night.shape), night.job_times.name, night.requests_per_minute,
             night.creators, clock_text(result.took));
  for (const auto bound : {least.blind, least.tight, least.simple}) {
    fmt::print(" {} | {:.2f} |", clock_text(bound), played.ratio(bound));
  }
  fmt::print(" {} | {} | {} | {:.2f} s |\n", result.requests.total(), least.requests.total(), result.refused_by_rate,
             result.wall.count());
  std::cout << std::flush;
}

void print_minutes(const NightResult& result) {
  for (std::size_t minute = 0; minute < result.by_minute.size(); ++minute) {
    const auto& requests = result.by_minute[minute];
    fmt::print("  minute {:3}: {:3} requests", minute, requests.total());
    for (std::size_t i = 0; i < kRequestKinds; ++i) {
      if (requests.count.at(i) > 0) fmt::print(", {} {}", requests.count.at(i), to_string(static_cast<RequestKind>(i)));
    }
    fmt::print("\n");
  }
}

/// Requests per 100 creators, and the fewest, of all sizes together.
void print_requests(const std::vector<Played>& all) {
  struct Sums {
    Requests sent, fewest;
    int creators = 0;
  };
  std::vector<std::pair<std::string, Sums>> rows;
  for (const auto& played : all) {
    const auto name = fmt::format("{} | {} | {}", to_string(played.night.shape), played.night.job_times.name,
                                  played.night.requests_per_minute);
    if (rows.empty() || rows.back().first != name) rows.push_back({name, {}});
    auto& sums = rows.back().second;
    for (std::size_t i = 0; i < kRequestKinds; ++i) {
      sums.sent.count.at(i) += played.result.requests.count.at(i);
      sums.fewest.count.at(i) += played.least.requests.count.at(i);
    }
    sums.creators += played.night.creators;
  }
  fmt::print(
      "\nRequests per 100 creators, all sizes together; in brackets the fewest possible.\n\n| shape | job time | rate "
      "|");
  for (std::size_t i = 0; i < kRequestKinds; ++i) fmt::print(" {} |", to_string(static_cast<RequestKind>(i)));
  fmt::print("\n|---|---|--:|");
  for (std::size_t i = 0; i < kRequestKinds; ++i) fmt::print("--:|");
  for (const auto& [name, sums] : rows) {
    fmt::print("\n| {} |", name);
    for (std::size_t i = 0; i < kRequestKinds; ++i) {
      const auto per_hundred = [creators = sums.creators](int count) { return 100.0 * count / creators; };
      fmt::print(" {:.2f} ({:.2f}) |", per_hundred(sums.sent.count.at(i)), per_hundred(sums.fewest.count.at(i)));
    }
  }
  fmt::print("\n");
}

void print_summary(const std::vector<Played>& all, double wall) {
  fmt::print("\n");
  for (const auto one : {Shape::streaming, Shape::ranking, Shape::sets, Shape::leaders}) {
    int nights = 0;
    int within_tight = 0;
    int within_blind = 0;
    double worst = 0;
    for (const auto& played : all) {
      if (played.night.shape != one) continue;
      ++nights;
      within_tight += played.ratio(played.least.tight) <= kTarget ? 1 : 0;
      within_blind += played.ratio(played.least.blind) <= kTarget ? 1 : 0;
      worst = std::max(worst, played.ratio(played.least.blind));
    }
    if (nights == 0) continue;
    fmt::print(
        "- {}: of {} nights {} are within {:.2f} of the tight bound, {} of the blind one; the worst is at {:.2f}\n",
        to_string(one), nights, within_tight, kTarget, within_blind, worst);
  }
  fmt::print("- wall time of all simulations: {:.1f} s\n", wall);
}

/// What a small run before learns of an API whose jobs take that long.
std::vector<store::ApiFact> facts_of(const NightCase& night) {
  auto before = night;
  before.shape = Shape::leaders;
  before.creators = 200;
  before.requests_per_minute = 150;
  return play(World(before), {}, {}).facts;
}

int run(const Selection& selection) {
  std::vector<Played> all;
  std::vector<std::string> problems;
  const auto begin = std::chrono::steady_clock::now();
  print_times_header();
  for (const auto& night : cases_of(selection)) {
    const World world(night);
    const auto trace = selection.trace ? Trace([](const auto& line) { fmt::print("{}\n", line); }) : Trace();
    auto result = play(world, selection.is_first_night ? std::vector<store::ApiFact>{} : facts_of(night), trace);
    auto least = least_time(world, result.since_window);
    auto& played = all.emplace_back(Played{night, std::move(least), std::move(result)});
    print_times(played);
    if (selection.minutes) print_minutes(played.result);
    const auto problem = problem_with(played, selection);
    if (problem.empty()) continue;
    problems.push_back(fmt::format("{}, {}, {} a minute, {} creators: {}", to_string(night.shape), night.job_times.name,
                                   night.requests_per_minute, night.creators, problem));
  }
  print_requests(all);
  print_summary(all, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  for (const auto& problem : problems) std::cerr << problem << '\n';
  return problems.empty() ? 0 : 1;
}

}  // namespace
}  // namespace toksync::bench

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    std::cout << toksync::bench::kHelp;
    return 0;
  }
  try {
    return toksync::bench::run(toksync::bench::selection_of(arguments));
  } catch (const std::invalid_argument& error) {
    std::cerr << error.what() << "\n\n" << toksync::bench::kHelp;
    return 2;
  }
}
