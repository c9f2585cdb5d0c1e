#include "base/descriptor.hpp"

#include <cerrno>

#include <unistd.h>

namespace toksync {

Descriptor::~Descriptor() {
  if (is_open()) ::close(number_);
}

bool Descriptor::write(std::string_view text) const {
  while (!text.empty()) {
    const auto written = ::write(number_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace toksync
