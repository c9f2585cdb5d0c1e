// Writes a file that others read at any moment: they see the old one or the new one, never a part. Used for what
// `cli` leaves for schedulers and monitoring, and for reports.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace toksync {

enum class Readers {
  everybody,
  owner_at_first,  ///< a new file is the owner's alone; one that is replaced keeps its permissions
};

/// Replaces the file in one step, on the disk when this returns. What is no regular file (a pipe, a terminal) is
/// written to as it is.
[[nodiscard]] Expected<void> write_whole_file(const std::string& path, std::string_view text,
                                              Readers readers = Readers::everybody);

/// Why no file can be written at that path, as far as that can be told without trying; empty when nothing is known.
[[nodiscard]] std::string whole_file_problem(const std::string& path);

}  // namespace toksync
