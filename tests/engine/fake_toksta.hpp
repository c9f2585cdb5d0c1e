// The Toksta API in a page of code, for playing whole nights inside one process: answers in the shapes of
// the contract, works for as long as it is told, and keeps a bill of its own that no answer shows. Shares
// nothing with src/api, so that a misreading there is not repeated here.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/credits.hpp"
#include "support/scripted_transport.hpp"

namespace toksync::engine::test {

/// One line of the bill: paid once means that it stands there once.
struct BillLine {
  std::string operation;  ///< the path
  std::string about;      ///< creator id, or page of a search, or keywords
  std::string criteria;
  Credits credits = 0;
  // clang-tidy 14 takes the generated comparison's 0 for a null pointer.
  friend auto operator<=>(const BillLine&, const BillLine&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Something that goes wrong.
struct Fault {
  enum class Kind {
    refuse_connection,  ///< nothing left the client
    lose_request,       ///< the server never saw it, the client cannot know
    lose_answer,        ///< the server did its work
    answer,             ///< `status` and `body` instead of an answer; nothing is done
    answer_after_work,  ///< the same after the work
    truncate_after_work,
    kill_before,  ///< the client dies before the request arrives
    kill_after,   ///< the client dies after the server did its work
  };
  Kind kind{};
  std::function<bool(const http::Request&)> strikes = [](const http::Request&) { return true; };
  int times = 1;
  int skip = 0;  ///< how many that it would strike pass first
  int status = 500;
  std::string code = "INTERNAL_ERROR";
  std::string body{};  ///< instead of the API's envelope
  int retry_after = 0;
};

/// The end of a simulated process; nothing of the client catches it.
struct Killed {};

class FakeToksta {
 public:
  // What the world is like; to be set before and between runs.
  std::map<std::string, std::vector<int>> found_by;  ///< a search's first keyword, and whom it finds
  int largest_page = 100;
  std::set<int> without_profile, failing, never_ending, unknown_jobs, expired_jobs;
  std::optional<Credits> balance;
  std::optional<int> analyzed;       ///< by a job of thought leaders; absent: all candidates
  std::optional<int> most_ids;       ///< in one start
  std::optional<int> most_read_ids;  ///< in one read
  bool pending_is_told = true;       ///< in answers about enrichments
  int requests_per_minute = 100'000;
  bool limits_are_told = true;
  std::optional<Milliseconds> enriched_for;  ///< after which a creator is enriched, and paid for, again
  Milliseconds latency{80};
  Milliseconds job_time{20'000};
  std::vector<Fault> faults;

  toksync::test::ScriptedOutcome answer(const http::Request& request, WallTime now);

  [[nodiscard]] const std::vector<BillLine>& bill() const { return bill_; }
  [[nodiscard]] Credits billed() const;
  [[nodiscard]] Credits billed(std::string_view operation) const;
  [[nodiscard]] int count(std::string_view operation) const;
  /// Lines about the same work that stand there more than once; searches excepted.
  [[nodiscard]] std::vector<BillLine> bought_twice() const;
  [[nodiscard]] int requests(std::string_view path) const;
  [[nodiscard]] int refused_by_rate() const { return refused_by_rate_; }

  [[nodiscard]] static std::string creator_id(int number);

 private:
  struct Job {
    std::string family, creator_id;
    int creator = 0;
    WallTime ready_at;
    Credits reserved = 0;
    bool refunded = false;
    nlohmann::json request;
  };
  struct Reply {
    int status = 200;
    nlohmann::json data;
    nlohmann::json meta = nlohmann::json::object();
    std::optional<nlohmann::json> error;
    std::optional<Credits> cost;
    Milliseconds held{0};
  };

  Reply dispatch(const http::Request& request, WallTime now);
  Reply search(const nlohmann::json& body, bool by_cursor);
  Reply enrich(const nlohmann::json& body, WallTime now);
  Reply analyze(const nlohmann::json& body, const std::string& family, WallTime now);
  Reply find_leaders(const nlohmann::json& body, WallTime now);
  Reply enrichments(const nlohmann::json& body, WallTime now);
  Reply analyses(const nlohmann::json& body, const std::string& family, bool details, WallTime now);
  Reply leaders(const nlohmann::json& body, WallTime now);
  Reply usage(WallTime now);

  [[nodiscard]] static Reply failure(int status, std::string code, std::string message);
  [[nodiscard]] std::optional<Fault> strike(const http::Request& request);
  [[nodiscard]] bool is_enriched(int creator, WallTime now) const;
  [[nodiscard]] bool pay(Credits credits);
  void charge(BillLine line);
  [[nodiscard]] Milliseconds hold(const nlohmann::json& body, const std::vector<WallTime>& ready, WallTime now) const;
  [[nodiscard]] http::Response respond(const Reply& reply, WallTime now) const;
  bool admit(WallTime now);

  std::vector<BillLine> bill_;
  std::map<int, std::vector<WallTime>> enriched_;  ///< when each enrichment is, or will be, done
  std::map<std::string, Job> jobs_;
  std::map<std::string, int> requests_;
  WallTime window_end_{};
  int used_ = 0;
  int refused_by_rate_ = 0;
  int last_id_ = 0;
};

/// True for requests to that path.
[[nodiscard]] std::function<bool(const http::Request&)> to(std::string path);

}  // namespace toksync::engine::test
