#include "sandbox/faults.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <nlohmann/json.hpp>

namespace toksync::sandbox {
namespace {

using nlohmann::json;

constexpr std::array after_kinds = {"lost_answer", "hold_after", "500_after", "truncated", "malformed", "not_json",
                                    "odd_records", "huge_body",  "trickle",   "endless",   "echo"};
constexpr std::array before_kinds = {"lost_request", "hold_before", "429",       "500_before", "503_refused",
                                     "html_502",     "html_503",    "html_504",  "empty_503",  "error",
                                     "slow",         "refused",     "echo_page", "others"};
// Of the APIs that are only read; the last ones are of one of them.
constexpr std::array reading_after_kinds = {"lost_answer", "hold_after", "truncated",     "malformed",
                                            "not_json",    "huge_body",  "echo",          "odd_records",
                                            "new_values",  "no_data",    "unknown_fields"};
constexpr std::array reading_before_kinds = {"lost_request", "hold_before", "429",       "500_before", "503_refused",
                                             "html_502",     "html_503",    "html_504",  "empty_503",  "error",
                                             "slow",         "refused",     "echo_page", "advance"};
constexpr std::array tokportal_kinds = {"no_pagination", "reordered_columns"};
constexpr std::array toktra_kinds = {"null_cursor", "repeated_cursor", "forget_tokens", "forget_cursors"};
constexpr std::array job_kinds = {"jobs_fail", "jobs_missing", "jobs_stuck"};

template <typename Kinds>
bool among(const Kinds& kinds, const std::string& kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool is_known(const std::string& kind, Api api) {
  if (api == Api::toksta || api == Api::partner)
    return among(after_kinds, kind) || among(before_kinds, kind) || among(job_kinds, kind);
  if (among(reading_after_kinds, kind) || among(reading_before_kinds, kind)) return true;
  return api == Api::tokportal ? among(tokportal_kinds, kind) : among(toktra_kinds, kind);
}

/// A star stands for any text.
bool pattern_matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  if (rest.empty()) return true;
  for (text.remove_prefix(star); !text.empty(); text.remove_prefix(1)) {
    if (pattern_matches(rest, text)) return true;
  }
  return false;
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

tl::unexpected<Error> bad_fault(const std::string& spec, std::string cause) {
  return unexpected(ErrorKind::usage, "fault \"" + spec + "\"", std::move(cause),
                    "METHOD PATH KIND [count=N|all] [after=N] [key=value...]");
}

/// Sets count, after, or a value of the kind's own; false when a number is none.
bool set_value(Fault& fault, const std::string& name, const std::string& value) {
  if (name != "count" && name != "after") {
    fault.values[name] = value;
    return true;
  }
  const auto number = value == "all" ? std::optional<std::int64_t>{-1} : integer_of(value);
  if (!number) return false;
  (name == "count" ? fault.count : fault.after) = *number;
  return true;
}

Expected<Fault> checked(Fault fault, const std::string& spec, Api api) {
  if (is_known(fault.kind, api)) return fault;
  return bad_fault(spec, "unknown kind \"" + fault.kind + "\"");
}

Expected<Fault> fault_from_object(const json& object, Api api) {
  Fault fault;
  for (const auto& [name, value] : object.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (name == "method") {
      fault.method = text;
    } else if (name == "path") {
      fault.path = text;
    } else if (name == "kind") {
      fault.kind = text;
    } else if (!set_value(fault, name, text)) {
      return bad_fault(object.dump(), name + " is no number");
    }
  }
  return checked(std::move(fault), object.dump(), api);
}

}  // namespace

bool Fault::matches(std::string_view request_method, std::string_view request_path) const {
  return pattern_matches(method, request_method) && pattern_matches(path, request_path);
}

double Fault::number(const std::string& name, double otherwise) const {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
}

std::string Fault::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : found->second;
}

bool Fault::after_work() const {
  return among(after_kinds, kind) || among(reading_after_kinds, kind) || among(tokportal_kinds, kind) ||
         kind == "null_cursor" || kind == "repeated_cursor" || text("work", "") == "done";
}

Expected<Fault> parse_fault(const std::string& spec, Api api) {
  std::istringstream words(spec);
  Fault fault;
  if (!(words >> fault.method >> fault.path >> fault.kind)) return bad_fault(spec, "too short");
  std::string last;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos && last.empty()) return bad_fault(spec, "\"" + word + "\" is no key=value");
    if (equals == std::string::npos) {
      fault.values[last] += " " + word;
      continue;
    }
    last = word.substr(0, equals);
    if (!set_value(fault, last, word.substr(equals + 1))) return bad_fault(spec, last + " is no number");
  }
  return checked(std::move(fault), spec, api);
}

Expected<std::vector<Fault>> faults_from_json(const json& value, Api api) {
  std::vector<Fault> faults;
  const json list = value.is_array() ? value : json::array({value});
  for (const json& item : list) {
    if (!item.is_string() && !item.is_object()) return bad_fault(item.dump(), "neither a text nor an object");
    auto fault = item.is_string() ? parse_fault(item.get<std::string>(), api) : fault_from_object(item, api);
    if (!fault) return tl::unexpected(fault.error());
    faults.push_back(*std::move(fault));
  }
  return faults;
}

std::optional<Fault> FaultBook::meet(std::string_view method, std::string_view path) {
  for (Fault& fault : armed_) {
    if (fault.count == 0 || among(job_kinds, fault.kind) || !fault.matches(method, path)) continue;
    if (fault.after > 0) {
      --fault.after;
      continue;
    }
    if (fault.kind == "refused") continue;
    if (fault.count > 0) --fault.count;
    return fault;
  }
  return std::nullopt;
}

Outcome FaultBook::outcome_of_job(std::string_view method, std::string_view path) {
  for (Fault& fault : armed_) {
    if (fault.count == 0 || !among(job_kinds, fault.kind) || !fault.matches(method, path)) continue;
    if (fault.after > 0) {
      --fault.after;
      continue;
    }
    if (fault.count > 0) --fault.count;
    if (fault.kind == "jobs_fail") return Outcome::fail;
    return fault.kind == "jobs_missing" ? Outcome::missing : Outcome::stuck;
  }
  return Outcome::succeed;
}

std::optional<double> FaultBook::due_refusal() {
  for (Fault& fault : armed_) {
    if (fault.kind != "refused" || fault.count == 0 || fault.after > 0) continue;
    fault.count = 0;
    return fault.number("seconds", 1.0);
  }
  return std::nullopt;
}

json FaultBook::to_json() const {
  json list = json::array();
  for (const Fault& fault : armed_) {
    list.push_back({{"method", fault.method},
                    {"path", fault.path},
                    {"kind", fault.kind},
                    {"count", fault.count},
                    {"after", fault.after},
                    {"values", fault.values}});
  }
  return list;
}

}  // namespace toksync::sandbox
