#include "base/fault_point.hpp"

#ifdef TOKSYNC_FAULT_POINTS
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

namespace toksync {
namespace {

struct DeathWish {
  std::string name;
  int countdown = 1;
};

DeathWish read_death_wish() {
  const char* const text = std::getenv("TOKSYNC_DIE_AT");
  if (text == nullptr) return {};
  DeathWish wish{text, 1};
  if (const auto colon = wish.name.rfind(':'); colon != std::string::npos) {
    std::from_chars(wish.name.data() + colon + 1, wish.name.data() + wish.name.size(), wish.countdown);
    wish.name.resize(colon);
  }
  return wish;
}

std::function<void(std::string_view)>& hook() {
  static std::function<void(std::string_view)> passed;
  return passed;
}

}  // namespace

FaultPointHook::FaultPointHook(std::function<void(std::string_view)> passed) { hook() = std::move(passed); }
FaultPointHook::~FaultPointHook() { hook() = nullptr; }

void fault_point(std::string_view name) {
  if (hook()) hook()(name);
  static DeathWish wish = read_death_wish();
  static const char* const log = std::getenv("TOKSYNC_FAULT_LOG");
  if (log != nullptr) std::ofstream(log, std::ios::app) << name << '\n';
  if (wish.name == name && --wish.countdown == 0) std::raise(SIGKILL);
}

}  // namespace toksync
#endif
