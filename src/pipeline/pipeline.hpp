// One validated, immutable pipeline: what a TOML file says, defaults filled in, overrides applied and
// environment variables replaced. Made only by load_pipeline (pipeline/loader.hpp); read by `plan`,
// `engine` and `cli`. A stage that does not run for a keyword set is absent there, whether its table is
// missing or says enabled = false; bounds and the rules between keys hold already.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "model/credits.hpp"
#include "model/mirror.hpp"
#include "model/stage_config.hpp"

namespace toksync::pipeline {

enum class OnShortfall { stop, fit };

struct Source {
  std::string api = "toksta";                       ///< a name of pipeline/apis.hpp
  std::string base_url = "https://api.toksta.com";  ///< without a slash at the end
  std::string api_key_env = "TOKSTA_API_KEY";
  std::optional<std::string> api_key_file;                      ///< when set, api_key_env is not used
  std::optional<std::string> client_id_env, client_secret_env;  ///< both or neither: a client that signs in
  std::optional<std::string> name;                              ///< of the account, for mirrors; else the pipeline's
  std::set<std::string> redact;                                 ///< "email", "name"
  std::string redact_key_env = "TOKSYNC_REDACT_KEY";
  Platform platform = Platform::linkedin;
  std::optional<int> requests_per_minute;  ///< a ceiling of ours; the server's headers win when lower
  int max_in_flight = 16;
  Seconds timeout{60};  ///< of one request, on top of wait_seconds
  /// How long a request whose answer was lost may still take effect; only then is it decided that it never arrived.
  Seconds settle_after{180};
};

struct BudgetConfig {
  std::optional<Credits> max_credits_per_run;
  std::optional<Credits> max_credits_per_month;
  std::optional<Credits> keep_credits;
  OnShortfall on_shortfall = OnShortfall::stop;
};

/// How a run ended, for those who are told of it.
enum class Outcome {
  failure,  ///< it is not done
  partial,  ///< done as far as possible: something failed or is ambiguous
  success,
};

[[nodiscard]] std::string_view to_string(Outcome outcome);
[[nodiscard]] std::optional<Outcome> outcome_from_string(std::string_view text);

/// Who is told how a run ended. Both ways may be there; neither is when the file has no [notify].
struct NotifyConfig {
  std::set<Outcome> on{Outcome::failure, Outcome::partial};
  std::vector<std::string> command;  ///< a program and its arguments; empty: none
  Secret webhook;                    ///< who knows the address can write to it; empty: none
  Seconds timeout{10};               ///< of each
};

/// What of the shortlist is saved to which list of the account's workspace.
struct PublishConfig {
  std::string list;                    ///< its name; empty when list_id says which
  std::optional<std::string> list_id;  ///< of a list that exists
  int top = 20;                        ///< of each keyword set, by combined score, then by rank
  std::optional<double> min_score;     ///< of the combined score
  friend bool operator==(const PublishConfig&, const PublishConfig&) = default;
};

/// One validated pipeline: keyword sets with stages, or mirrors.
struct Pipeline {
  std::string name;
  std::string description;
  Source source;
  std::string database_path = "toksync.db";
  BudgetConfig budget;
  NotifyConfig notify;
  std::optional<PublishConfig> publish;
  std::map<PriceItem, Credits> prices;   ///< overrides of the provider's table
  std::vector<KeywordSet> keyword_sets;  ///< in the order of the file
  std::vector<MirrorConfig> mirrors;     ///< of an API that has these in place of stages

  std::string text;    ///< the file as it was read, for `runs.pipeline_toml`
  std::string sha256;  ///< of what a run goes by (pipeline/identity.hpp), in hex
};

}  // namespace toksync::pipeline
