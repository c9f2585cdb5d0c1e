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

/// All that an API has; 28 of v1.
[[nodiscard]] const std::vector<Operation>& operations(Api api);

/// The operation of a request, if there is one; sets `id` to what stands for {id}.
[[nodiscard]] const Operation* find_operation(Api api, std::string_view method, std::string_view path, std::string& id);

}  // namespace toksync::sandbox
