#include "small_disk.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace toksync::cli::test {
namespace {

constexpr const char* kInside = "TOKSYNC_TEST_MAY_MOUNT";

std::string size_option(std::size_t kilobytes) { return "size=" + std::to_string(kilobytes) + "k"; }

void check(int result, const std::string& path) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), "mount " + path);
}

bool can_mount() {
  const TemporaryFolder folder;
  if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=4k") != 0) return false;
  umount(folder.path().c_str());
  return true;
}

ProcessResult unshared(const Texts& command, const Variables& variables = {}) {
  Texts arguments{"--user", "--map-root-user", "--mount"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return toksync::test::run_process("/usr/bin/unshare", {std::move(arguments), variables, {}, {}, {}});
}

/// Nothing when the system has no user namespaces for us.
std::optional<ProcessResult> run_in_namespace(const std::string& test_case) {
  if (unshared({"true"}).exit_code != 0) return std::nullopt;
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  return unshared({self, "--test-case=" + test_case}, {{kInside, "1"}});
}

}  // namespace

SmallDisk::SmallDisk(const Scene& scene, std::size_t kilobytes) : path_(scene.folder.path().string()) {
  const auto pipeline = scene.folder.read("pipeline.toml");
  check(mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=64k"), path_);
  scene.write_pipeline(pipeline);
  resize(kilobytes);
}

SmallDisk::~SmallDisk() { umount2(path_.c_str(), MNT_DETACH); }

void SmallDisk::remount(unsigned long flags, const std::string& options) const {
  check(mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | flags, options.c_str()), path_);
}

void SmallDisk::resize(std::size_t kilobytes) const { remount(0, size_option(kilobytes)); }
void SmallDisk::make_read_only() const { remount(MS_RDONLY, ""); }
void SmallDisk::make_writable() const { remount(0, ""); }

std::size_t SmallDisk::kilobytes_used() const {
  struct statvfs information {};
  check(statvfs(path_.c_str(), &information), path_);
  return (information.f_blocks - information.f_bfree) * information.f_frsize / 1024;
}

void where_mounting_is_allowed(const std::string& test_case, const std::function<void()>& body) {
  if (can_mount()) return body();
  const auto inside = std::getenv(kInside) == nullptr ? run_in_namespace(test_case) : std::nullopt;
  if (!inside) {
    MESSAGE("left out: nothing can be mounted here, neither as root nor in a user namespace");
    return;
  }
  CHECK_MESSAGE(inside->exit_code == 0, inside->out << inside->err);
}

}  // namespace toksync::cli::test
