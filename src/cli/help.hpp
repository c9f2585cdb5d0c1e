// What --help says beyond the flags themselves: examples and exit codes. Used by options.cpp.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace toksync::cli {

/// The end of a command's help: this text, then the command's exit codes with their meanings.
[[nodiscard]] std::string help_footer(std::string_view text, std::initializer_list<int> exit_codes);

[[nodiscard]] std::string program_footer();
[[nodiscard]] std::string init_footer();
[[nodiscard]] std::string check_footer();
[[nodiscard]] std::string schema_footer();
[[nodiscard]] std::string plan_footer();
[[nodiscard]] std::string run_footer();
[[nodiscard]] std::string backfill_footer();
[[nodiscard]] std::string resume_footer();
[[nodiscard]] std::string status_footer();
[[nodiscard]] std::string credits_footer();
[[nodiscard]] std::string export_footer();
[[nodiscard]] std::string report_footer();
[[nodiscard]] std::string doctor_footer();
[[nodiscard]] std::string jobs_footer();
[[nodiscard]] std::string list_jobs_footer();
[[nodiscard]] std::string show_job_footer();
[[nodiscard]] std::string resolve_jobs_footer();
[[nodiscard]] std::string cancel_jobs_footer();
[[nodiscard]] std::string collect_footer();
[[nodiscard]] std::string reprocess_footer();
[[nodiscard]] std::string db_footer();
[[nodiscard]] std::string check_database_footer();
[[nodiscard]] std::string print_schema_footer();
[[nodiscard]] std::string back_up_database_footer();
[[nodiscard]] std::string migrate_database_footer();
[[nodiscard]] std::string vacuum_database_footer();
[[nodiscard]] std::string forget_creator_footer();
[[nodiscard]] std::string completion_footer();

}  // namespace toksync::cli
