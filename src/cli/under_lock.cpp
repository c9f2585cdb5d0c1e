#include "cli/under_lock.hpp"

#include <optional>

#include "cli/print/output.hpp"

namespace toksync::cli {

int under_lock(World& world, const Options& options, const std::function<int()>& work) {
  world.database_path = database_path(options);
  if (const auto exists = need_database(world.database_path); !exists) return fail(world, options, exists.error());
  // Only waiting ends gently: what follows is one transaction, and may be interrupted at once.
  std::optional<Signals> signals(std::in_place);
  const auto lock = take_lock(world, world.database_path, options.lock_wait, *signals);
  if (!lock) return fail(world, options, lock.error(), signals->take());
  signals.reset();
  return work();
}

int with_locked_database(World& world, const Options& options, const std::function<int(store::Store&)>& work) {
  return under_lock(world, options, [&] {
    auto store = open_database(world, world.database_path, store::OpenMode::read_write);
    return store ? work(*store) : fail(world, options, store.error());
  });
}

}  // namespace toksync::cli
