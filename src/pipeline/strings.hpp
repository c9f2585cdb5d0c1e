// What happens to every string of a file before anything reads it: API keys are refused, variables are
// replaced. Used by the loader only.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/complaints.hpp"
#include "pipeline/document.hpp"
#include "pipeline/loader.hpp"

namespace toksync::pipeline {

/// Replaces `${NAME}` in every string by the environment variable, `$$` by one `$`; any other `$` stays.
/// An unset variable, a `${` that does not close and a string that looks like an API key, before or after,
/// are problems. Values that came from the environment are never shown.
void prepare_strings(Table& document, const EnvironmentLookup& environment, Complaints& complaints);

/// Finds what looks like an API key outside of strings: the text of a pipeline is stored, comments too.
void refuse_keys_in_comments(std::string_view text, Complaints& complaints);

}  // namespace toksync::pipeline
