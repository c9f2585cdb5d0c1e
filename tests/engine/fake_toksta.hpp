// The Toksta API in a page of code, for playing whole nights inside one process: answers in the shapes of
// the contract, works for as long as it is told, and keeps a bill of its own that no answer shows. Shares
// nothing with src/api, so that a misreading there is not repeated here.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <random>
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
  Credits credits = 0;  ///< in the end
  Credits held = 0;     ///< now: all that is reserved, while a job of thought leaders runs
  WallTime at{};        ///< when the request arrived
};

/// Something that goes wrong.
struct Fault {
  enum class Kind {
    refuse_connection,  ///< nothing left the client
    lose_request,       ///< the server never saw it, the client cannot know
    lose_answer,        ///< the server did its work
    slow,               ///< nothing but late
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
  Milliseconds late{0};  ///< by how much the answer comes later
  /// Where the work is done: only for the first so many creators of the request, then the server died.
  std::optional<int> landed{};
};

/// The end of a simulated process; nothing of the client catches it.
struct Killed {};

class FakeToksta {
 public:
  // What the world is like; to be set before and between runs.
  std::map<std::string, std::vector<int>> found_by;  ///< a search's first keyword, and whom it finds
  int largest_page = 100;
  /// Creators; in the three sets of what becomes of jobs, 0 stands for every job of thought leaders.
  std::set<int> without_profile, failing, never_ending, unknown_jobs, expired_jobs;
  std::optional<Credits> balance;
  std::optional<int> analyzed;       ///< by a job of thought leaders; absent: all candidates
  std::set<int> without_detail;      ///< creators of whom it has no full record any longer
  std::set<int> without_evidence;    ///< creators of whom answers about posts say nothing
  std::optional<int> most_ids;       ///< in one start
  std::optional<int> most_read_ids;  ///< in one read
  bool most_ids_is_told = true;      ///< by the refusal of more
  bool pending_is_told = true;       ///< in answers about enrichments
  bool criteria_are_told = false;    ///< in records of analyses
  bool has_workspace = true;         ///< else it shows no lists, and 403 to whoever would change one
  bool list_totals_are_told = true;  ///< how many creators are in a list
  int requests_per_minute = 100'000;
  bool limits_are_told = true;
  /// Windows begin with each full minute of the clock; otherwise with the first request after the one before.
  bool windows_follow_clock = false;
  bool holds = true;                         ///< reads are held for their wait_seconds
  std::optional<Milliseconds> enriched_for;  ///< after which a creator is enriched, and paid for, again
  Milliseconds latency{80};
  Milliseconds job_time{20'000};
  Milliseconds latency_spread{0}, job_time_spread{0};  ///< up to so much is added at random
  /// Instead of the two about latencies, where set; whatever the order of the requests.
  std::function<Milliseconds(const http::Request&)> latency_of;
  /// Instead of the two about jobs, where set: by family ("enrichment", "content-fit", "audience-fit", "leaders") and
  /// creator, who is 0 for jobs of thought leaders.
  std::function<Milliseconds(std::string_view family, int creator)> job_time_of;
  /// A billable request whose answer is lost is carried out, charged and seen only that much later.
  Milliseconds start_delay{0};
  std::vector<Fault> faults;

  // What the account tells, and what it charges.
  bool usage_is_allowed = true;  ///< else 403
  bool operations_are_told = true;
  bool total_is_told = true;
  Milliseconds usage_lag{0};    ///< a charge shows in calls and credits only that long after it was made
  Milliseconds balance_lag{0};  ///< the same for the balance, which the charges themselves always know
  bool charges_are_told = true;
  bool balance_counts_reservations = true;  ///< of thought leaders, before their end
  /// By key of the usage answer: how the true price differs from the table of the contract.
  std::map<std::string, double> price_factors;

  // The account's workspace.
  /// In the order of addition, and twice whoever was added twice: the contract does not say that the API leaves out
  /// whom it has.
  struct CreatorList {
    std::string id, name;
    std::vector<std::string> creator_ids{};
  };
  std::vector<CreatorList> lists;
  std::set<int> not_taken_by_lists;  ///< a request with one of them is refused
  std::set<std::string> campaigns;   ///< that a match may name

  // Others with the same account, and its owner; each happens at that time.
  /// A charge by a key of the usage answer.
  void others_spend(WallTime at, const std::string& operation, Credits credits);
  /// A request of somebody else, e.g. to enrich a creator.
  void others_send(WallTime at, const std::string& path, const nlohmann::json& body);
  void top_up(WallTime at, Credits credits);
  [[nodiscard]] bool has_others() const { return has_others_; }

  toksync::test::ScriptedOutcome answer(const http::Request& request, WallTime now);
  /// Lets everything happen that is due by then: late starts, the ends of jobs, what others do.
  void pass(WallTime now);

  /// Ours; a job of thought leaders stands there with what it costs in the end.
  [[nodiscard]] const std::vector<BillLine>& bill() const { return bill_; }
  [[nodiscard]] Credits billed() const;
  [[nodiscard]] Credits billed(std::string_view operation) const;
  /// What all that arrived after that moment takes of the account now.
  [[nodiscard]] Credits held_since(WallTime begin) const;
  [[nodiscard]] int count(std::string_view operation) const;
  /// Lines about the same work that stand there more than once; searches excepted.
  [[nodiscard]] std::vector<BillLine> bought_twice() const;
  [[nodiscard]] int requests(std::string_view path) const;
  [[nodiscard]] int refused_by_rate() const { return refused_by_rate_; }
  /// The least that any purchase of ours left in the account.
  [[nodiscard]] std::optional<Credits> lowest_balance() const { return lowest_balance_; }
  /// What the account has been charged this far for an operation of the usage answer.
  [[nodiscard]] Credits used(std::string_view operation) const;

  [[nodiscard]] static std::string creator_id(int number);

 private:
  using Json = nlohmann::json;
  struct Job {
    std::string family, creator_id;
    int creator = 0;
    WallTime started_at, ready_at;
    Json request;
    // Of thought leaders only:
    Credits reserved = 0, each = 0;
    int analyzed = 0;
    bool ended = false, canceled = false, by_others = false;
    std::size_t bill_line = 0;
  };
  struct Enrichment {
    WallTime started_at, ready_at;
  };
  struct Reply {
    int status = 200;
    Json data;
    Json meta = Json::object();
    std::optional<Json> error;
    std::optional<Credits> cost;
    Milliseconds held{0};
  };
  /// When a request reached the server, and when it is carried out.
  struct Moment {
    WallTime arrived, now;
  };
  /// One movement that the usage answer counts from then on.
  struct Use {
    WallTime at;
    std::string month, operation;
    int calls = 0;
    Credits credits = 0;
  };

  Reply dispatch(const http::Request& request, Moment moment);
  Reply post(const std::string& path, const Json& body, Moment moment);
  Reply search(const Json& body, bool by_cursor, Moment moment);
  Reply enrich(const Json& body, Moment moment);
  Reply analyze(const Json& body, const std::string& family, Moment moment);
  Reply find_leaders(const Json& body, Moment moment);
  Reply cancel(const std::string& id, WallTime now);

  Reply enrichments(const Json& body, WallTime now);
  Reply analyses(const Json& body, const std::string& family, bool details, WallTime now);
  [[nodiscard]] Json analysis_record(const std::string& id, const Job& job, WallTime then) const;
  [[nodiscard]] const std::string* latest_analysis(const std::string& family, const std::string& creator_id) const;
  [[nodiscard]] Reply hit_posts(const Json& body) const;
  [[nodiscard]] Reply creator_detail(const std::string& id) const;
  Reply read_lists(const http::Request& request) const;
  Reply create_list(const Json& body);
  Reply add_to_list(const std::string& path, const Json& body);
  [[nodiscard]] Json list_record(const CreatorList& list) const;
  Reply leaders(const Json& body, WallTime now);
  Reply leader_job(const std::string& id, WallTime now);
  void end_leaders(const std::string& id, WallTime now);
  void settle_leaders(const Job& job, WallTime now);
  [[nodiscard]] static int candidates_done(const Job& job, WallTime now);

  Reply usage(const http::Request& request, WallTime now) const;
  [[nodiscard]] Json operations(const std::string& month, WallTime now) const;
  [[nodiscard]] bool pay(Credits credits);
  std::size_t charge(BillLine line, Use use);
  void refund(const std::string& operation, WallTime paid_at, Credits credits, WallTime now);
  [[nodiscard]] Credits price(const std::string& operation, Credits by_table) const;

  [[nodiscard]] Reply too_many_ids(std::string_view name, int most) const;
  [[nodiscard]] static Reply failure(int status, std::string code, std::string message);
  [[nodiscard]] std::optional<Fault> strike(const http::Request& request);
  [[nodiscard]] Reply carry_out(const http::Request& request, const std::optional<Fault>& fault, WallTime now);
  [[nodiscard]] bool is_enriched(int creator, WallTime now) const;
  [[nodiscard]] Milliseconds hold(const Json& body, const std::vector<WallTime>& ready, WallTime now) const;
  [[nodiscard]] http::Response respond(const Reply& reply) const;
  bool admit(WallTime now);
  [[nodiscard]] Milliseconds at_random(Milliseconds most);
  [[nodiscard]] Milliseconds latency_for(const http::Request& request);
  [[nodiscard]] Milliseconds job_time_for(std::string_view family, int creator);
  [[nodiscard]] toksync::test::ScriptedOutcome outcome(const http::Request& request, const std::optional<Fault>& fault,
                                                       WallTime now);

  std::vector<BillLine> bill_;
  std::vector<Use> uses_;
  std::multimap<WallTime, std::function<void(FakeToksta&, WallTime)>> events_;
  std::map<int, std::vector<Enrichment>> enriched_;
  std::map<std::string, Job> jobs_;
  std::map<std::pair<std::string, std::string>, std::string> latest_;  ///< (family, creator id) to job
  std::map<std::string, int> requests_;
  std::optional<Credits> lowest_balance_;
  bool has_others_ = false, others_act_ = false;
  std::minstd_rand dice_;
  WallTime window_end_{};
  int used_ = 0;
  int refused_by_rate_ = 0;
  int last_id_ = 0;
};

/// True for requests to that path.
[[nodiscard]] std::function<bool(const http::Request&)> to(std::string path);

}  // namespace toksync::engine::test
