// Where an export goes: standard output, or a file that others see whole or not at all. Used by `toksync export`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace toksync::cli {

class ByteSink {
 public:
  /// Standard output without a path. A file is written under a name of its own and takes the place of the old one in
  /// finish(); what is no regular file (a pipe, a terminal) is written to as it is. `should_stop` is asked when a
  /// signal interrupts a write.
  [[nodiscard]] static Expected<ByteSink> open(const std::optional<std::string>& path,
                                               std::function<bool()> should_stop);
  ByteSink(ByteSink&&) noexcept;
  ByteSink& operator=(ByteSink&&) = delete;
  ~ByteSink();

  /// False when nobody reads any more: the reader has what it wanted.
  [[nodiscard]] Expected<bool> write(std::string_view bytes);
  /// Writes what is left; a file is on the disk and has its name then.
  [[nodiscard]] Expected<bool> finish();

 private:
  struct Impl;
  explicit ByteSink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace toksync::cli
