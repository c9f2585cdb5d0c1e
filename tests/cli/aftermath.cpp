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

void check_next_run_finishes(const Scene& scene) {
  const auto result = scene.run();
  const auto books = check_books(scene);
  CHECK_MESSAGE(result.exit_code == (books.ambiguous_jobs > 0 ? 6 : 0), result.err);
  if (books.ambiguous_jobs == 0) {
    CHECK(books.open == 0);
    CHECK(books.charged == books.billed);
    CHECK(works_billed(scene.sandbox) == undisturbed_night().works);
  }
  check_content(undisturbed_night().content, scene.database());
}

void check_next_run_settles(const Scene& scene) {
  check_next_run_finishes(scene);
  check_settled_books(scene);
}

}  // namespace toksync::cli::test
