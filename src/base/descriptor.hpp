// A file descriptor that closes itself. Used where the standard streams do not reach.
#pragma once

#include <string_view>

namespace toksync {

class Descriptor {
 public:
  /// Takes it over; a negative one is none.
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  /// Writes the whole text; false with errno set when it cannot be written.
  [[nodiscard]] bool write(std::string_view text) const;

 private:
  int number_;
};

}  // namespace toksync
