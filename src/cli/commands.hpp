// The commands, one file each. Each returns its exit code; what SQLite throws is caught above them.
#pragma once

#include "cli/options.hpp"
#include "cli/wiring.hpp"
#include "plan/estimate.hpp"

namespace toksync::cli {

[[nodiscard]] int init(World& world, const Options& options);
[[nodiscard]] int check(World& world, const Options& options);
[[nodiscard]] int schema(World& world, const Options& options);
[[nodiscard]] int plan(World& world, const Options& options);
[[nodiscard]] int run(World& world, const Options& options);
[[nodiscard]] int backfill(World& world, const Options& options);
[[nodiscard]] int resume(World& world, const Options& options);
[[nodiscard]] int status(World& world, const Options& options);
[[nodiscard]] int credits(World& world, const Options& options);
[[nodiscard]] int export_rows(World& world, const Options& options);
[[nodiscard]] int report(World& world, const Options& options);
[[nodiscard]] int doctor(World& world, const Options& options);
[[nodiscard]] int list_jobs(World& world, const Options& options);
[[nodiscard]] int show_job(World& world, const Options& options);
[[nodiscard]] int resolve_jobs(World& world, const Options& options);
[[nodiscard]] int cancel_jobs(World& world, const Options& options);
[[nodiscard]] int collect(World& world, const Options& options);
[[nodiscard]] int reprocess(World& world, const Options& options);
[[nodiscard]] int check_database(World& world, const Options& options);
[[nodiscard]] int print_schema(World& world, const Options& options);
[[nodiscard]] int back_up_database(World& world, const Options& options);
[[nodiscard]] int migrate_database(World& world, const Options& options);
[[nodiscard]] int vacuum_database(World& world, const Options& options);
[[nodiscard]] int forget_creator(World& world, const Options& options);

/// What a run of this pipeline would do; also behind --dry-run. Overrides are applied already.
/// `backfill`: the pipeline is that of a backfill, about these creators.
[[nodiscard]] int print_plan(World& world, const Options& options, const pipeline::Pipeline& pipeline,
                             std::optional<plan::BackfillPlan> backfill = std::nullopt);

}  // namespace toksync::cli
