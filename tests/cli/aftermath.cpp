#include "aftermath.hpp"

#include <doctest/doctest.h>

namespace toksync::cli::test {

const UndisturbedNight& undisturbed_night() {
  static const UndisturbedNight night = [] {
    const Scene scene;
    CHECK(scene.run().exit_code == 0);
    check_settled_books(scene);
    return UndisturbedNight{works_billed(scene.sandbox), content_of(scene.database())};
  }();
  return night;
}

std::int64_t lost_leaders(const Scene& scene) {
  return Reader(scene.database())
      .number("SELECT count(*) FROM jobs WHERE error_code = 'RESULT_LOST' AND family = 'thought_leaders'");
}

void check_finished_run(const Scene& scene, const ProcessResult& result) {
  CHECK_MESSAGE(result.exit_code == (lost_leaders(scene) > 0 ? 3 : 0), result.err);
  check_settled_books(scene);
  CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  check_content(undisturbed_night().content, scene.database());
}

void check_next_run_finishes(const Scene& scene) { check_finished_run(scene, scene.run()); }

}  // namespace toksync::cli::test
