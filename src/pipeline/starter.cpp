#include "pipeline/loader.hpp"

namespace toksync::pipeline {

std::string starter_pipeline() {
  return R"toml(#:schema ./pipeline.schema.json
# A toksync pipeline: which creators to find, what to buy about them, and how much that may cost.
#
#   toksync check FILE    is everything in here valid? (sends nothing)
#   toksync plan FILE     what would a run do, and what would it cost at most? (buys nothing)
#   toksync run FILE      do it; run it again after an interruption, nothing is paid for twice
#
# Write ${NAME} in a text for the environment variable NAME, and $$ for a single $.

version = 1                      # of this format
name = "my-shortlist"            # a-z, 0-9 and -
description = "Voices on B2B marketing"

[source]
api = "toksta"
api_key_env = "TOKSTA_API_KEY"   # the variable that holds the key; a key never stands in this file
# api_key_file = "/run/credentials/toksync/key"   # instead of api_key_env
# requests_per_minute = 60       # a ceiling of your own; the server's limit counts when it is lower

[database]
path = "toksync.db"              # SQLite; relative to the folder in which toksync runs

# Limits that no run goes past. Without them, only your account's balance is the limit.
[budget]
max_credits_per_run = 300
max_credits_per_month = 1000
on_shortfall = "stop"            # "fit" takes fewer creators instead of stopping

# What to look for. Each set passes through the stages by itself; add as many as you like.
[keyword_sets.b2b]
keywords = ["B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM"]
audience = ["VP Marketing", "CMO"]     # audience_match looks for these people

# The stages. Each runs because its table is here; enabled = false switches one off.

# 1 credit for 100 profiles.
[search]
kind = "discovery"               # ranked by keywords; "database" goes by filters and free text
max_creators = 100               # per keyword set
[search.filters]
min_followers = 5000
languages = ["en"]
hide_brands = true

# 1 credit a creator. Of those found, the first 50 with enough followers.
[enrich]
refresh_after = "30d"            # younger data is not bought again; also s, m, h, or "never"
[enrich.select]
top = 50
min_followers = 10000

# 3, 5 or 8 credits a creator for 10, 20 or 30 posts: do they write about the keywords?
[content_match]
posts_to_analyze = 10
[content_match.select]
top = 20

# 10, 20 or 30 credits a creator: are the people who react to them the audience?
# It waits for content_match here, because it chooses by the content score.
[audience_match]
enabled = false                  # the dearest stage: switch it on when the rest looks right
analysis_depth = "quick_scan"    # quick_scan | deep_dive | comprehensive
[audience_match.select]
top = 5
min_content_score = 60

# 2 credits for each candidate that the API analyzes, reserved for all of them and given back for the rest.
[thought_leaders]
enabled = false
mode = "balanced"                # strict | balanced | broad; an array starts a job for each
count = 10
max_candidates_to_analyze = 50

# Any stage may differ for one keyword set; what is not said here stays as above.
# [keyword_sets.b2b.content_match]
# posts_to_analyze = 20
)toml";
}

}  // namespace toksync::pipeline
