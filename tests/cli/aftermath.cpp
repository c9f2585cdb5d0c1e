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

void check_finished_run(const Scene& scene, const ProcessResult& result) {
  const auto books = check_books(scene);
  const auto searches =
      Reader(scene.database()).number("SELECT count(*) FROM jobs WHERE status = 'ambiguous' AND family = 'search'");
  // A search in doubt was searched again; a run that began after that has nothing to do with it.
  const bool may_be_done = books.ambiguous_jobs == searches;
  const bool may_be_in_doubt = books.ambiguous_jobs > 0;
  CHECK_MESSAGE(((may_be_done && result.exit_code == 0) || (may_be_in_doubt && result.exit_code == 6)), result.err);
  if (books.ambiguous_jobs == 0) {
    CHECK(books.open == 0);
    CHECK(books.charged == books.billed);
    CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  }
  check_content(undisturbed_night().content, scene.database());
}

void check_next_run_finishes(const Scene& scene) { check_finished_run(scene, scene.run()); }

void check_next_run_settles(const Scene& scene) {
  check_next_run_finishes(scene);
  check_settled_books(scene);
}

}  // namespace toksync::cli::test
