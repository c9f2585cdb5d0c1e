// What must hold in any state of the database, each as a query for what breaks it.
#include <array>

#include "store/impl.hpp"
#include "store/upkeep.hpp"

namespace toksync::store {
namespace {

constexpr std::size_t kShown = 20;

struct Question {
  const char *name, *promise;
  const char* sql;  // rows of one text, each telling what is wrong
};

constexpr std::array kQuestions{
    Question{"file", "pages, records and indexes are whole",
             "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"},
    Question{"references", "whatever a row refers to is there",
             "SELECT format('%s row %s refers to a missing row of %s', \"table\", rowid, parent)"
             "  FROM pragma_foreign_key_check"},
    Question{"jobs", "the credits of each job are the sums of its ledger entries, and nothing is below zero", R"(
      SELECT format('job %d says %d reserved, %d charged, %d released; the ledger %d, %d, %d', j.job_key,
                    j.credits_reserved, j.credits_charged, j.credits_released,
                    coalesce(l.reserved, 0), coalesce(l.charged, 0), coalesce(l.released, 0))
        FROM job_rows j
        LEFT JOIN (SELECT job_key, sum(iif(kind = 'reserve', credits, 0)) AS reserved,
                          sum(iif(kind = 'charge', credits, 0)) AS charged,
                          sum(iif(kind = 'release', credits, 0)) AS released
                     FROM credit_ledger_rows GROUP BY job_key) l USING (job_key)
       WHERE (j.credits_reserved, j.credits_charged, j.credits_released)
             IS NOT (coalesce(l.reserved, 0), coalesce(l.charged, 0), coalesce(l.released, 0))
          OR j.credits_open < 0)"},
    Question{"settled jobs", "a job whose price is final holds no credits", R"(
      SELECT format('job %d is settled, and %d credits are open', job_key, credits_open)
        FROM job_rows WHERE is_settled = 1 AND credits_open <> 0)"},
    Question{"stages", "the credits of each stage are the sums of its ledger entries and of its jobs", R"(
      SELECT format('stage %d says %d reserved, %d charged, %d released; the ledger %d, %d, %d; its jobs %d, %d, %d',
                    s.stage_key, s.credits_reserved, s.credits_charged, s.credits_released,
                    coalesce(l.reserved, 0), coalesce(l.charged, 0), coalesce(l.released, 0),
                    coalesce(j.reserved, 0), coalesce(j.charged, 0), coalesce(j.released, 0))
        FROM stage_rows s
        LEFT JOIN (SELECT stage_key, sum(iif(kind = 'reserve', credits, 0)) AS reserved,
                          sum(iif(kind = 'charge', credits, 0)) AS charged,
                          sum(iif(kind = 'release', credits, 0)) AS released
                     FROM credit_ledger_rows GROUP BY stage_key) l USING (stage_key)
        LEFT JOIN (SELECT i.stage_key, sum(b.credits_reserved) AS reserved, sum(b.credits_charged) AS charged,
                          sum(b.credits_released) AS released
                     FROM intents i JOIN job_rows b USING (intent_key) GROUP BY i.stage_key) j USING (stage_key)
       WHERE (s.credits_reserved, s.credits_charged, s.credits_released)
             IS NOT (coalesce(l.reserved, 0), coalesce(l.charged, 0), coalesce(l.released, 0))
          OR (s.credits_reserved, s.credits_charged, s.credits_released)
             IS NOT (coalesce(j.reserved, 0), coalesce(j.charged, 0), coalesce(j.released, 0)))"},
    Question{"days", "the credits of each day and stage are the sums of its ledger entries", R"(
      WITH ledger AS (SELECT substr(at, 1, 10) AS day, stage_key, sum(iif(kind = 'reserve', credits, 0)) AS reserved,
                             sum(iif(kind = 'charge', credits, 0)) AS charged,
                             sum(iif(kind = 'release', credits, 0)) AS released
                        FROM credit_ledger_rows GROUP BY 1, 2)
      SELECT format('day %s of stage %d says %d reserved, %d charged, %d released; the ledger %d, %d, %d',
                    coalesce(d.day, l.day), coalesce(d.stage_key, l.stage_key),
                    d.reserved, d.charged, d.released, l.reserved, l.charged, l.released)
        FROM credit_day_rows d FULL JOIN ledger l USING (day, stage_key)
       WHERE (d.reserved, d.charged, d.released) IS NOT (l.reserved, l.charged, l.released))"},
    Question{"ledger", "in sum, reserved = charged + released + open", R"(
      SELECT format('%d reserved, %d charged, %d released, and %d open', reserved, charged, released, open)
        FROM (SELECT coalesce(sum(iif(kind = 'reserve', credits, 0)), 0) AS reserved,
                     coalesce(sum(iif(kind = 'charge', credits, 0)), 0) AS charged,
                     coalesce(sum(iif(kind = 'release', credits, 0)), 0) AS released,
                     (SELECT coalesce(sum(credits_open), 0) FROM job_rows) AS open
                FROM credit_ledger_rows)
       WHERE reserved <> charged + released + open)"},
    Question{"entries", "each ledger entry is booked on the run and stage that bought its job", R"(
      SELECT format('entry %d is booked on run %d and stage %d, its job was bought by %d and %d', l.entry_id, l.run_key,
                    l.stage_key, i.run_key, i.stage_key)
        FROM credit_ledger_rows l JOIN job_rows j USING (job_key) JOIN intents i USING (intent_key)
       WHERE (l.run_key, l.stage_key) IS NOT (i.run_key, i.stage_key))"},
    Question{"purchases", "each job is of the family and criteria of its request", R"(
      SELECT format('job %d (%s) is not what intent %d (%s) asked for', j.job_key, j.family, i.intent_key, i.family)
        FROM job_rows j JOIN intents i USING (intent_key) JOIN criteria k ON k.criteria_key = j.criteria_key
       WHERE j.family <> i.family OR k.family <> j.family OR j.criteria_key <> i.criteria_key)"},
    Question{"results", "each result is about the creator and criteria of its job", R"(
      WITH result (what, job_key, creator_key, criteria_key) AS (
        SELECT 'enrichment', job_key, creator_key, NULL FROM enrichment_rows UNION ALL
        SELECT 'content match', job_key, creator_key, criteria_key FROM content_match_rows UNION ALL
        SELECT 'audience match', job_key, creator_key, criteria_key FROM audience_match_rows)
      SELECT format('the %s of job %d is about another creator or other criteria', r.what, r.job_key)
        FROM result r JOIN job_rows j USING (job_key)
       WHERE r.creator_key IS NOT j.creator_key
          OR (r.criteria_key IS NOT NULL AND r.criteria_key <> j.criteria_key))"},
    Question{"searches", "hits are ranked 1, 2, 3 …, and each page has as many as it says", R"(
      SELECT format('the %d hits of stage %d are ranked %d to %d', count(*), stage_key, min(rank), max(rank))
        FROM search_hit_rows GROUP BY stage_key HAVING min(rank) <> 1 OR max(rank) <> count(*)
      UNION ALL
      SELECT format('page %d of stage %d says %d hits and has %d', p.page, p.stage_key, p.new_count, count(h.rank))
        FROM search_page_rows p LEFT JOIN search_hit_rows h USING (stage_key, page)
       GROUP BY p.stage_key, p.page HAVING p.new_count <> count(h.rank))"},
};

Check ask(SQLite::Database& database, const Question& question) {
  Check check{question.name, question.promise, {}};
  try {
    Query query(database, question.sql);
    query.each([&check](const Row& row) {
      if (check.problems.size() < kShown) check.problems.push_back(row.text(0));
    });
  } catch (const SQLite::Exception& problem) {
    // Where the file is damaged, a question may have no answer.
    check.problems.push_back(error_of(problem, "").cause);
  }
  return check;
}

Check ask_for_forgotten(SQLite::Database& database) {
  Check check{"forgotten", "nobody is here who was to be forgotten", {}};
  Forgotten forgotten(database);
  Query query(database, "SELECT creator_key, creator_id, profile_url FROM creators");
  try {
    if (!forgotten.is_anybody()) return check;
    query.each([&](const Row& row) {
      if (!forgotten.has(row.text(1), row.optional_text(2))) return;
      check.problems.push_back("creator " + row.text(0) + " was forgotten; toksync db forget erases them again");
    });
  } catch (const SQLite::Exception& problem) {
    check.problems.push_back(error_of(problem, "").cause);
  }
  return check;
}

}  // namespace

Condition inspect(Store& store) {
  auto& database = store.database();
  Condition condition{database.execAndGet("PRAGMA user_version").getInt64(),
                      database.execAndGet("PRAGMA journal_mode").getString(),
                      {}};
  const Question quick{"", "", "SELECT quick_check FROM pragma_quick_check(20) WHERE quick_check <> 'ok'"};
  condition.problems = ask(database, quick).problems;
  return condition;
}

std::vector<Check> check_database(Store& store) {
  auto& database = store.database();
  // One moment for all questions, whatever a run writes meanwhile.
  const SQLite::Transaction moment(database);
  std::vector<Check> checks;
  for (const auto& question : kQuestions) checks.push_back(ask(database, question));
  checks.push_back(ask_for_forgotten(database));
  return checks;
}

}  // namespace toksync::store
