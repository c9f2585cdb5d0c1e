// The published contract as a table: every operation with its path, what it accepts and who answers it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/handlers.hpp"
#include "sandbox/schema.hpp"

namespace toksync::sandbox {

struct Operation {
  std::string_view method;
  std::string_view path;  ///< with {id} where the contract has it
  Handler handler = nullptr;
  bool open = false;  ///< needs no key, is not limited
  Schema schema;      ///< of the body; of the query when it is a GET
};

/// All 28 of them.
[[nodiscard]] const std::vector<Operation>& operations();

/// The operation of a request, if there is one; sets `id` to what stands for {id}.
[[nodiscard]] const Operation* find_operation(std::string_view method, std::string_view path, std::string& id);

}  // namespace toksync::sandbox
