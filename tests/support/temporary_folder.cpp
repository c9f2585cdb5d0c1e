#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <doctest/doctest.h>
#include <unistd.h>

namespace toksync::test {
namespace {

/// Whether an assertion of the running test has failed; doctest tells its listeners only.
class FailureListener final : public doctest::IReporter {
 public:
  explicit FailureListener(const doctest::ContextOptions& /*options*/) {}

  static bool test_has_failed() { return failed(); }

  void test_case_start(const doctest::TestCaseData& /*data*/) override { failed() = false; }
  void test_case_reenter(const doctest::TestCaseData& /*data*/) override { failed() = false; }
  void log_assert(const doctest::AssertData& data) override { failed() = failed() || data.m_failed; }
  void test_case_exception(const doctest::TestCaseException& /*exception*/) override { failed() = true; }

  void report_query(const doctest::QueryData& /*data*/) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& /*stats*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*signature*/) override {}
  void subcase_end() override {}
  void log_message(const doctest::MessageData& /*data*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*data*/) override {}

 private:
  static bool& failed() {
    static bool value = false;
    return value;
  }
};

REGISTER_LISTENER("temporary_folder", 1, FailureListener);

std::filesystem::path make_folder(const std::filesystem::path& parent) {
  auto name = (parent / "toksync-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::filesystem::filesystem_error("make a temporary folder", name,
                                            std::error_code{errno, std::generic_category()});
  }
  return name;
}

}  // namespace

TemporaryFolder::TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}

TemporaryFolder::TemporaryFolder(const std::filesystem::path& parent)
    : path_(make_folder(parent)), exceptions_before_(std::uncaught_exceptions()) {}

TemporaryFolder::~TemporaryFolder() {
  if (FailureListener::test_has_failed() || std::uncaught_exceptions() > exceptions_before_) {
    std::cerr << "the test's files are kept in " << path_.string() << '\n';
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(std::string_view name, std::string_view text) const {
  const auto path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
  return path;
}

std::string TemporaryFolder::read(std::string_view name) const {
  const auto path = path_ / name;
  const std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace toksync::test
