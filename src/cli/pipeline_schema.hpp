// The pipeline format as a JSON schema (draft-07), made from the table that the loader checks by. Editors read it.
#pragma once

#include <string>

namespace toksync::cli {

/// The document, ending with a newline.
[[nodiscard]] std::string pipeline_schema();

}  // namespace toksync::cli
