// SIGINT and SIGTERM as a request to stop: the first one is remembered and wakes whoever waits, a second
// one ends the process at once. Made once by the commands that run the engine.
#pragma once

namespace toksync::cli {

class Signals {
 public:
  /// Takes over SIGINT and SIGTERM for the life of the object, and ignores SIGPIPE: what cannot be written is an error
  /// that is reported, not a death. At most one at a time.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Becomes readable when a signal arrives.
  [[nodiscard]] int wake_descriptor() const { return wake_descriptor_; }
  /// The signal that asks to stop, 0 when there was none. Empties the wake descriptor, so that waiting
  /// on it waits again.
  [[nodiscard]] int take() const;

 private:
  int wake_descriptor_ = -1;
};

}  // namespace toksync::cli
