// Collects what is wrong with one file. Used by every step of the loader.
#pragma once

#include <string>
#include <vector>

#include "pipeline/document.hpp"
#include "pipeline/loader.hpp"

namespace toksync::pipeline {

class Complaints {
 public:
  explicit Complaints(std::string file) : file_(std::move(file)) {}

  /// `path` is the key's full name, empty when the whole file is meant. Whatever looks like an API key
  /// in the message is replaced by stars.
  void add(Position at, std::string_view path, std::string_view message);

  [[nodiscard]] bool empty() const { return problems_.empty(); }
  [[nodiscard]] bool has_line(int line) const;
  /// Sorted by position, each told once.
  [[nodiscard]] std::vector<Problem> in_file_order() const;

 private:
  std::string file_;
  std::vector<Problem> problems_;
};

}  // namespace toksync::pipeline
