// A folder for the files of one test, in the system's place for them. It goes away with the object,
// unless the test has failed: then it stays, and its path is printed, so that a person can look into it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace toksync::test {

class TemporaryFolder {
 public:
  /// Throws std::filesystem::filesystem_error when no folder can be made.
  TemporaryFolder();
  /// In that folder instead.
  explicit TemporaryFolder(const std::filesystem::path& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The path of a file in the folder, whether it exists or not.
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// The same as text, for command lines.
  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

  /// Writes a file, with the folders above it, and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view text) const;
  /// The whole text of a file; throws std::runtime_error when it cannot be read.
  [[nodiscard]] std::string read(std::string_view name) const;

 private:
  std::filesystem::path path_;
  int exceptions_before_;
};

}  // namespace toksync::test
