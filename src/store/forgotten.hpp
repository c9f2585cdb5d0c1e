// Who asked to be forgotten, and how to keep them out of what the API sends. Internal to `store`, asked by
// everything that saves people.
#pragma once

#include <set>

#include "store/query.hpp"

namespace toksync::store {

/// A profile's address in its simplest form, by which equal ones are told: without scheme, "www." and the
/// like, query and closing slash, in lower case. Empty for what is no address.
[[nodiscard]] std::string simple_url(std::string_view url);

class Forgotten {
 public:
  explicit Forgotten(SQLite::Database& database);

  [[nodiscard]] bool is_anybody() { return !hashes().empty(); }
  [[nodiscard]] bool has_id(std::string_view creator_id);
  [[nodiscard]] bool has_url(const std::optional<std::string>& url);
  [[nodiscard]] bool has(std::string_view creator_id, const std::optional<std::string>& url) {
    return has_id(creator_id) || has_url(url);
  }
  /// The record without the objects and list entries that hold the id or the URL of somebody forgotten. What
  /// is no JSON, and what names nobody, stays as it came.
  [[nodiscard]] std::string without_them(const std::string& json);

  void add_id(std::string_view creator_id, WallTime now);
  void add_url(std::string_view url, WallTime now);
  /// To be called when additions were rolled back.
  void read_again() { hashes_.reset(); }

 private:
  const std::set<std::string>& hashes();
  void add(std::string_view kind, std::string_view text, WallTime now);

  Query read_, insert_, texts_, remove_;
  std::optional<std::set<std::string>> hashes_;  // each after its kind; read at the first question
};

}  // namespace toksync::store
