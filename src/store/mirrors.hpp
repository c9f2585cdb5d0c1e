// Mirrored lists: the rows of any MirrorResource, and how far a walk through one has got. The SQL is made of the
// resource's description, once for each. Used by engine/mirror.cpp, and by `cli` for what it tells of a run.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "model/mirror.hpp"
#include "store/store.hpp"

namespace toksync::store {

enum class WalkKey : std::int64_t {};
enum class WalkStatus { running, succeeded, incomplete, not_entitled, failed };

[[nodiscard]] std::string_view to_string(WalkStatus status);
[[nodiscard]] std::optional<WalkStatus> walk_status_from_string(std::string_view text);

struct WalkRow {
  WalkKey key{};
  std::string source, resource;
  WalkStatus status = WalkStatus::running;
  std::int64_t rows_read = 0, rows_new = 0, rows_changed = 0, rows_missing = 0;
  OptionalText since, watermark, error, finished_at;
};

/// A slice of a walk that is not done.
struct WalkSlice {
  std::int64_t position = 0;
  std::string slice;
  std::string page;
};

/// What one answer brought.
struct MirrorCommit {
  WalkKey walk{};
  const MirrorResource* resource = nullptr;
  std::string source;
  WalkSlice slice;                  ///< as it was asked for
  std::string day;                  ///< of the answer, for the history
  bool history = true;              ///< metrics are kept once a day
  std::span<const MirrorRow> rows;  ///< of Keeping::replaced those of the whole slice, or none as long as pages follow
  std::optional<std::string> next_page;
  std::optional<std::int64_t> total;  ///< rows of the slice by the API's word
  OptionalText doubt;  ///< why the walk, from now on, cannot claim to have seen every row, whoever ends it
};

enum class PageCommitted {
  goes_on,     ///< further pages follow, or the slice is done
  read_again,  ///< fewer rows came than the API counts: they moved between the pages. The slice begins once more.
};

class Mirrors {
 public:
  explicit Mirrors(Store& store);
  ~Mirrors();
  Mirrors(Mirrors&&) noexcept;
  Mirrors& operator=(Mirrors&&) = delete;

  /// The run's newest walk through that list, if it began one.
  [[nodiscard]] std::optional<WalkRow> walk_of_run(RunKey run, std::string_view source, std::string_view resource);
  /// The newest walk of any run that came to its end.
  [[nodiscard]] std::optional<WalkRow> last_complete_walk(std::string_view source, std::string_view resource);
  /// Begins one with these slices; another one through that list that is under way is given up.
  WalkRow begin_walk(RunKey run, std::string_view source, std::string_view resource, const OptionalText& since,
                     std::span<const std::string> slices, WallTime now);
  [[nodiscard]] std::vector<WalkSlice> open_slices(WalkKey walk);
  /// What there is to ask for, of a resource that asks for each row of another list.
  [[nodiscard]] std::vector<std::string> parents(const MirrorResource& resource, std::string_view source);
  /// Rows of a slice that this walk has brought, each counted once.
  [[nodiscard]] std::int64_t count_seen(const MirrorResource& resource, std::string_view source, std::string_view slice,
                                        WalkKey walk);

  /// A page, its rows and the place behind it, in one transaction.
  PageCommitted commit_page(const MirrorCommit& commit, RunKey run, const RequestLog& request);
  /// Ends a walk and returns how. One that succeeded marks what it did not bring (Keeping::marked) and keeps its
  /// watermark; one in doubt (MirrorCommit, or rows that moved until the end) ends `incomplete` instead.
  WalkRow finish_walk(WalkKey walk, const MirrorResource& resource, std::string_view source, WalkStatus status,
                      const OptionalText& error, WallTime now);

  /// The walks of a run, the newest of each list, in the order in which they began.
  [[nodiscard]] std::vector<WalkRow> walks_of_run(RunKey run);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toksync::store
