#include "cli/help.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/exit_codes.hpp"

namespace toksync::cli {

std::string help_footer(std::string_view text, std::initializer_list<int> exit_codes) {
  auto out = fmt::format("{}\n\nExit codes:\n", text);
  for (const auto& [code, meaning] : kExitCodes) {
    if (std::ranges::find(exit_codes, code) != exit_codes.end()) out += fmt::format("  {:<4} {}\n", code, meaning);
  }
  out.pop_back();
  return out;
}

std::string program_footer() {
  return help_footer(
      R"(A first session:
  toksync init                                  writes pipeline.toml
  toksync plan pipeline.toml                    what would it do, and cost at most?
  TOKSTA_API_KEY=... toksync run pipeline.toml
  toksync status                                what was found, what is left to do

Each flag can also be set by the variable in brackets; a flag wins over its variable, the variable
over the pipeline file. NO_COLOR is honoured too. Results go to standard output, everything else to
standard error.

toksync COMMAND --help tells more. README.md describes the pipeline format, the tables to query and
how to schedule runs.)",
      {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 130, 143});
}

std::string init_footer() {
  return help_footer(R"(Examples:
  toksync init              writes ./pipeline.toml
  toksync init campaigns    writes campaigns/pipeline.toml; the folder is made when it is missing

With it comes pipeline.schema.json, by which editors complete and check it. An existing pipeline is
never overwritten.)",
                     {0, 1, 2});
}

std::string check_footer() {
  return help_footer(R"(Examples:
  toksync check pipeline.toml
  toksync check pipelines/*.toml --json

All problems of a file are told at once, each as file:line:column: message.)",
                     {0, 1, 2});
}

std::string schema_footer() {
  return help_footer(R"(Examples:
  toksync schema > pipeline.schema.json

Editors with TOML support (taplo, Even Better TOML) complete and check a pipeline file whose first line
is "#:schema ./pipeline.schema.json", as that of toksync init. The schema is made from the table that
toksync check goes by; what depends on several keys at once, only the latter knows.)",
                     {0, 1, 2});
}

std::string plan_footer() {
  return help_footer(R"(Examples:
  toksync plan pipeline.toml
  toksync plan pipeline.toml --stage search --stage enrich
  toksync plan pipeline.toml --explain          why each known creator is in or out
  toksync plan pipeline.toml --json

Reads the pipeline and the database, and nothing else: it needs no API key and sends nothing. What
the searches will find is not known before a run, so two figures are given: `expected`, when they
find again what they found last, and `at most`, whatever they find.)",
                     {0, 1, 2, 12});
}

std::string run_footer() {
  return help_footer(R"(Examples:
  toksync run pipeline.toml
  toksync run pipeline.toml --max-credits 200 --max-duration 2h
  toksync run pipeline.toml --quiet --lock-wait 5m      for cron and systemd timers
  toksync run pipeline.toml --summary-file last.json --metrics-file toksync.prom

A run that was interrupted is picked up where it was, unless --new is given, the pipeline file has
changed, or it spent its max_credits_per_run on another day; what an earlier run paid for is collected,
never bought again. --max-credits counts a run with all its resumptions. The first Ctrl-C saves the state
and ends, a second one ends at once.

[publish] in the file saves the shortlist to a list in the account's workspace, when everything else
is done; not by a run of some stages or keyword sets. That it failed is exit code 3.)",
                     {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 130, 143});
}

std::string backfill_footer() {
  return help_footer(R"(Examples:
  toksync backfill nightly.toml --creators picked.txt --stage enrich --dry-run
  toksync backfill nightly.toml --creators picked.csv --stage content_match --keyword-set saas
  toksync backfill nightly.toml --where "followers_count >= 50000 AND is_enriched IS NOT 1" --max-credits 200
  sqlite3 toksync.db "SELECT creator_id FROM creators" | toksync backfill nightly.toml --creators - --force

Runs enrich, content_match and audience_match, or the stages named, for all creators given: select holds
for searches only. Young data is not bought again unless --force is given. No flag goes past a budget, or
buys what is outstanding or ambiguous. A backfill that was interrupted is picked up by the same command,
or by toksync resume, with the creators it began with; what it bought it does not buy again, --force or
not.)",
                     {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 130, 143});
}

std::string resume_footer() {
  return help_footer(R"(Examples:
  toksync resume                                the last unfinished run of toksync.db
  toksync resume 20260601T031500Z-k3fx --db nightly.db

Goes by the pipeline file as it was when the run began; a copy is in the database.)",
                     {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 130, 143});
}

std::string status_footer() {
  return help_footer(R"(Examples:
  toksync status                                the last run, and those before it
  toksync status 20260601T031500Z-k3fx --db nightly.db
  toksync status --explain jane-doe             by id, handle, name or profile URL
  toksync status --json

Only reads, also while a run writes.)",
                     {0, 1, 2, 12});
}

std::string credits_footer() {
  return help_footer(R"(Examples:
  toksync credits                               the last 30 days by day, pipeline and stage
  toksync credits --by pipeline --since 2026-01-01
  toksync credits --by run --since 7d --json
  toksync credits pipeline.toml                 with its budgets, and what the account has

Days are those of UTC. `charged` counts on the day on which it was known, `reserved` is what was set
aside before, `released` what came back of it. Budgets count what is charged or still open.

The account is asked by one free request when a pipeline is named and its key is at hand, or with
--online; then an account that cannot be asked is an error, after everything else is shown. Otherwise
nothing is sent, and what the last run heard of the account is shown.)",
                     {0, 1, 2, 4, 5, 7, 12, 130, 143});
}

std::string export_footer() {
  return help_footer(R"(Examples:
  toksync export shortlist --output shortlist.csv
  toksync export jobs --format jsonl | jq .status
  toksync export --sql "SELECT name, combined_score FROM shortlist WHERE combined_score >= 75"
  toksync export shortlist --bom --output for-excel.csv

CSV is that of RFC 4180 in UTF-8: a header, lines that end in CR LF, quotes where they are needed. NULL
is an empty cell, an empty text is "". A text (not a number) that begins with = + - @, a tab or a line
break gets a ' in front, since spreadsheets would run it as a formula; --raw-text leaves it as it is.
JSON lines are one object a row with numbers as numbers and NULL as null; columns that hold JSON stay
texts. Blobs are written in hexadecimal.

A file is replaced in one step when it is whole. Only reads, also while a run writes; --sql takes one
SELECT. toksync db schema tells which tables, views and columns there are.)",
                     {0, 1, 2, 12, 130, 143});
}

std::string report_footer() {
  return help_footer(R"(Examples:
  toksync report                                writes report.html here
  toksync report --db nightly.db --output /srv/reports/nightly.html
  toksync report --run 20260601T031500Z-k3fx --output - | gzip > run.html.gz

One file that holds all it shows: it opens in any browser, offline too, and can be mailed or printed.
It is replaced in one step, so that whoever has it open never sees half of it. A new one can be read
by its owner only, as it may name people; one that is replaced keeps its permissions. Only reads the
database, also while a run writes.)",
                     {0, 1, 2, 12});
}

std::string doctor_footer() {
  return help_footer(R"(Examples:
  toksync doctor
  toksync doctor nightly.toml --db nightly.db
  toksync doctor --quiet                        prints what is not well, and nothing when all is

Each check ends with ok, warning or failure, and with what to do. Asks the API six times, free of
charge, and changes nothing. The exit code is that of the worst failure; warnings alone are 0.)",
                     {0, 1, 2, 4, 5, 7, 8, 12});
}

std::string jobs_footer() {
  return help_footer(R"(Examples:
  toksync jobs list
  toksync jobs list --status ambiguous
  toksync jobs show 17
  toksync jobs resolve 17 --as not-charged
  toksync jobs cancel 23)",
                     {0, 1, 2, 12});
}

std::string list_jobs_footer() {
  return help_footer(R"(Examples:
  toksync jobs list --unfinished                what is paid for, or may be, and not collected
  toksync jobs list --status failed --run 20260601T031500Z-k3fx
  toksync jobs list --family content_match --json

Newest first. Only reads, also while a run writes.)",
                     {0, 1, 2, 12});
}

std::string show_job_footer() {
  return help_footer(R"(Examples:
  toksync jobs show 17
  toksync jobs show 17 18 --json

What was asked and when, every movement of its credits, and what was found out about it when its
answer was lost. Only reads, also while a run writes.)",
                     {0, 1, 2, 12});
}

std::string resolve_jobs_footer() {
  return help_footer(R"(Examples:
  toksync jobs show 17                            what is known
  toksync jobs resolve 17 18 --as charged         it was paid for, and its result is lost
  toksync jobs resolve 19 --as charged --credits 40
  toksync jobs resolve 17 --as not-charged        it never arrived: its credits are given back

Takes ambiguous jobs, and jobs that are paid for and whose result never comes. What is resolved as
not charged may be bought again by the next run; what is resolved as charged is not bought again
before refresh_after is over.)",
                     {0, 1, 2, 11, 12});
}

std::string cancel_jobs_footer() {
  return help_footer(R"(Examples:
  toksync jobs cancel 23

Only jobs that find thought leaders can be canceled. Those analyzed until then are charged, the rest
of the reservation comes back and is booked.)",
                     {0, 1, 2, 3, 4, 5, 6, 11, 12, 130, 143});
}

std::string collect_footer() {
  return help_footer(R"(Examples:
  toksync collect
  toksync collect --db nightly.db --max-duration 10m --lock-wait 5m

Reads the results of all jobs of the database that are paid for and not stored yet, those that expire
first before the others, and finds out about requests whose answers were lost. Starts nothing, spends
nothing. Asks the API, and with the key, of the newest run's pipeline.)",
                     {0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 130, 143});
}

std::string reprocess_footer() {
  return help_footer(R"(Examples:
  toksync reprocess                             after an update of toksync
  toksync reprocess --db nightly.db --json

Reads the records that the API sent, as the database keeps them, and writes what they say into the
tables anew: creators, tags, enrichments, analyses with their evidence, thought leaders. What the
records do not say stays, and so does the history of the metrics. It needs no API key, sends nothing
and spends nothing. All of it is one transaction; done twice, it changes nothing.)",
                     {0, 1, 2, 3, 11, 12, 130, 143});
}

std::string db_footer() {
  return help_footer(R"(Examples:
  toksync db check
  toksync db schema shortlist
  toksync db backup
  toksync db forget https://www.linkedin.com/in/jane-doe)",
                     {0, 1, 2, 11, 12, 130, 143});
}

std::string check_database_footer() {
  return help_footer(R"(Examples:
  toksync db check
  toksync db check --db nightly.db --quiet      prints what is wrong, and nothing when all is well
  toksync db check --json

Only reads, also while a run writes.)",
                     {0, 1, 2, 12});
}

std::string print_schema_footer() {
  return help_footer(R"(Examples:
  toksync db schema                             every view and table that is meant for reading
  toksync db schema shortlist
  toksync db schema --json

The comments are part of the database: `.schema shortlist` in the sqlite3 shell shows them too. Where
there is no database yet, the one that a run would make is described. Only reads.)",
                     {0, 1, 2, 12});
}

std::string back_up_database_footer() {
  return help_footer(R"(Examples:
  toksync db backup                             toksync.db.backup-20260601T031500Z
  toksync db backup /backups/nightly.db --db nightly.db

The copy is of one moment, checked, and on the disk when the command ends; only its owner may read it.
An existing file is never overwritten. To restore one, put it in the place of the database, and remove
the files of the old one that end in -wal and -shm. A run may write meanwhile.)",
                     {0, 1, 2, 12});
}

std::string migrate_database_footer() {
  return help_footer(R"(Examples:
  toksync db migrate
  toksync db migrate --db nightly.db --lock-wait 5m

Every command that writes does the same by itself. The backup copy made before stays beside the
database.)",
                     {0, 1, 2, 11, 12, 130, 143});
}

std::string vacuum_database_footer() {
  return help_footer(R"(Examples:
  toksync db vacuum
  toksync db vacuum --db nightly.db --lock-wait 5m

Takes about twice the size of the database in free disk space while it works.)",
                     {0, 1, 2, 11, 12, 130, 143});
}

std::string forget_creator_footer() {
  return help_footer(R"(Examples:
  toksync db forget https://www.linkedin.com/in/jane-doe --dry-run
  toksync db forget https://www.linkedin.com/in/jane-doe
  toksync db forget 86039df3-32dc-4d03-9c46-e09a43cf70f9
  toksync db forget jane-doe                    a handle, as long as only one creator has it

Erases the creator, what was found and bought about them, and where they stand in the results of
others, raw records included; then writes the file anew, so that no byte of it is left. Jobs and the
credit ledger stay without saying whom they were for. Only hashes of the id and the profile URL are
kept, so that the person is dropped whenever the API sends them again. A person who is known as the
audience of others only is erased by profile URL. It cannot be undone. Backups, exports and logs made
before are yours to delete.)",
                     {0, 1, 2, 11, 12, 130, 143});
}

std::string completion_footer() {
  return help_footer(R"(Examples:
  source <(toksync completion bash)             in ~/.bashrc
  source <(toksync completion zsh)              in ~/.zshrc, after compinit
  toksync completion fish > ~/.config/fish/completions/toksync.fish

The Debian package, and cmake --install, put all three where the shells find them.)",
                     {0, 2});
}

}  // namespace toksync::cli
