// The failures a test asks for: which request, what goes wrong, how often. See the footer of --help.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/error.hpp"
#include "sandbox/jobs.hpp"
#include "sandbox/options.hpp"

namespace toksync::sandbox {

struct Fault {
  std::string method = "*";
  std::string path = "*";
  std::string kind;
  std::int64_t count = 1;  ///< requests (or jobs) still to fail; negative: all
  std::int64_t after = 0;  ///< matching requests still to let pass
  std::map<std::string, std::string> values;

  [[nodiscard]] bool matches(std::string_view request_method, std::string_view request_path) const;
  [[nodiscard]] double number(const std::string& name, double otherwise) const;
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
  /// Whether the server does what was asked before it fails.
  [[nodiscard]] bool after_work() const;
};

/// Reads "METHOD PATH KIND [count=N] [after=N] [key=value...]". The last value may hold spaces. The kind has to be
/// one that the API's stand-in knows.
[[nodiscard]] Expected<Fault> parse_fault(const std::string& spec, Api api = Api::toksta);

/// Reads a spec text, an object with the same names, or an array of either.
[[nodiscard]] Expected<std::vector<Fault>> faults_from_json(const nlohmann::json& value, Api api = Api::toksta);

/// The faults that are armed. Not thread-safe: used under the sandbox's lock.
class FaultBook {
 public:
  void add(Fault fault) { armed_.push_back(std::move(fault)); }
  void clear() { armed_.clear(); }
  /// The fault that this request meets, if any; counts it.
  [[nodiscard]] std::optional<Fault> meet(std::string_view method, std::string_view path);
  /// How a job started by this request will end; counts it.
  [[nodiscard]] Outcome outcome_of_job(std::string_view method, std::string_view path);
  /// Real seconds for which the port has to close now, if a `refused` fault is due.
  [[nodiscard]] std::optional<double> due_refusal();
  [[nodiscard]] nlohmann::json to_json() const;

 private:
  std::vector<Fault> armed_;
};

}  // namespace toksync::sandbox
