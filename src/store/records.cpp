#include "store/records.hpp"

#include "model/enum_names.hpp"

namespace toksync::store {
namespace {

constexpr EnumNames<RunStatus, 7> kRunStatuses{{{RunStatus::running, "running"},
                                                {RunStatus::succeeded, "succeeded"},
                                                {RunStatus::partial, "partial"},
                                                {RunStatus::failed, "failed"},
                                                {RunStatus::stopped, "stopped"},
                                                {RunStatus::interrupted, "interrupted"},
                                                {RunStatus::abandoned, "abandoned"}}};

constexpr EnumNames<StageStatus, 7> kStageStatuses{{{StageStatus::waiting, "waiting"},
                                                    {StageStatus::running, "running"},
                                                    {StageStatus::succeeded, "succeeded"},
                                                    {StageStatus::partial, "partial"},
                                                    {StageStatus::failed, "failed"},
                                                    {StageStatus::stopped, "stopped"},
                                                    {StageStatus::skipped, "skipped"}}};

constexpr EnumNames<Decision, 6> kDecisions{{{Decision::buy, "buy"},
                                             {Decision::fresh, "fresh"},
                                             {Decision::outstanding, "outstanding"},
                                             {Decision::held, "held"},
                                             {Decision::failed, "failed"},
                                             {Decision::unaffordable, "unaffordable"}}};

constexpr EnumNames<EvidenceSource, 4> kEvidenceSources{{{EvidenceSource::request, "request"},
                                                         {EvidenceSource::results, "results"},
                                                         {EvidenceSource::usage, "usage"},
                                                         {EvidenceSource::person, "person"}}};

constexpr EnumNames<Verdict, 4> kVerdicts{
    {{Verdict::adopted, "adopted"}, {Verdict::released, "released"}, {Verdict::lost, "lost"}, {Verdict::held, "held"}}};

constexpr EnumNames<Fact, 4> kFacts{{{Fact::ids_per_start, "ids_per_start"},
                                     {Fact::ids_per_read, "ids_per_read"},
                                     {Fact::shortest_job_ms, "shortest_job_ms"},
                                     {Fact::longest_job_ms, "longest_job_ms"}}};

}  // namespace

bool is_unfinished(RunStatus status) {
  switch (status) {
    case RunStatus::running:
    case RunStatus::failed:
    case RunStatus::stopped:
    case RunStatus::interrupted: return true;
    case RunStatus::succeeded:
    case RunStatus::partial:
    case RunStatus::abandoned: break;
  }
  return false;
}

std::string_view to_string(Fact fact) { return name_of(kFacts, fact); }
std::string_view to_string(EvidenceSource source) { return name_of(kEvidenceSources, source); }
std::string_view to_string(Verdict verdict) { return name_of(kVerdicts, verdict); }
std::string_view to_string(RunStatus status) { return name_of(kRunStatuses, status); }
std::string_view to_string(StageStatus status) { return name_of(kStageStatuses, status); }
std::string_view to_string(Decision decision) { return name_of(kDecisions, decision); }

std::optional<RunStatus> run_status_from_string(std::string_view text) { return value_of(kRunStatuses, text); }
std::optional<StageStatus> stage_status_from_string(std::string_view text) { return value_of(kStageStatuses, text); }
std::optional<Fact> fact_from_string(std::string_view text) { return value_of(kFacts, text); }
std::optional<Decision> decision_from_string(std::string_view text) { return value_of(kDecisions, text); }

}  // namespace toksync::store
