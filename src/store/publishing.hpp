// What is known of the lists in an account's workspace to which shortlists are published: the values behind Store's
// functions of that subject. Used by `engine` (writing), `plan` and `cli` (reading).
#pragma once

#include <string>
#include <vector>

#include "store/records.hpp"

namespace toksync::store {

class Store;

enum class ListKey : std::int64_t {};
enum class AdditionKey : std::int64_t {};

/// A list as a pipeline file names it: by name, or by id.
struct WantedList {
  std::string base_url;  ///< of the API
  std::string name;      ///< empty when the id says which
  OptionalText list_id;
};

struct KnownList {
  ListKey key{};
  OptionalText list_id;                      ///< absent: not found and not made yet
  std::optional<WallTime> creation_sent_at;  ///< while nobody knows whether it was made
};

struct Publishable {
  CreatorKey creator{};
  std::string creator_id;
  friend bool operator==(const Publishable&, const Publishable&) = default;
};

/// What of a pipeline's shortlist is published.
struct ShortlistPart {
  std::string pipeline;
  std::vector<std::string> keyword_sets;  ///< of older ones the view still knows
  int top = 20;                           ///< of each keyword set, by combined score, then by rank
  std::optional<double> min_score;        ///< of the combined score
};

/// A request that adds creators to a list, and whose answer is not known.
struct OpenAddition {
  AdditionKey key{};
  WallTime sent_at;
  std::vector<Publishable> creators;  ///< without those who were forgotten since
  std::int64_t sent = 0;              ///< how many it was to add
  OptionalCount total_before;         ///< creators in the list before it
};

/// How a run published its shortlist.
struct PublicationRow {
  std::string list;
  OptionalText list_id;
  std::int64_t chosen = 0, added = 0, unclear = 0;
  OptionalText error;
};

/// The creators of that part of the shortlist, each once, the best first.
[[nodiscard]] std::vector<Publishable> shortlisted(Store& store, const ShortlistPart& part);
/// Those of them who were never sent to the list. Without one, all.
[[nodiscard]] std::vector<Publishable> not_published(Store& store, std::optional<ListKey> list,
                                                     std::vector<Publishable> creators);
/// The list, when this database knows of it.
[[nodiscard]] std::optional<KnownList> find_list(Store& store, const WantedList& wanted);
/// Nothing when it published nothing, and tried nothing.
[[nodiscard]] std::optional<PublicationRow> publication_of(Store& store, RunKey run);

}  // namespace toksync::store
