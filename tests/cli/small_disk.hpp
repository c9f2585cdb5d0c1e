// A file system of a test's own over a scene's folder: of any size, full when the test says so. Needs the
// right to mount.
#pragma once

#include <string>

#include "support.hpp"

namespace toksync::cli::test {

/// Mounted over the scene's folder as long as it lives; the pipeline file is written again.
class SmallDisk {
 public:
  /// Throws std::system_error when it cannot be mounted.
  SmallDisk(const Scene& scene, std::size_t kilobytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void resize(std::size_t kilobytes) const;
  void make_read_only() const;
  void make_writable() const;
  [[nodiscard]] std::size_t kilobytes_used() const;

 private:
  void remount(unsigned long flags, const std::string& options) const;

  std::string path_;
};

/// Calls the body where mounting is allowed: here, or else in a process that runs the same test case in a
/// user namespace. Where neither works the test is left out, with a message.
void where_mounting_is_allowed(const std::string& test_case, const std::function<void()>& body);

}  // namespace toksync::cli::test
