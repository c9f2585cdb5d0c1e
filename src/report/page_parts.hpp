// What the page is made of, embedded when the program is built (cmake/EmbedReport.cmake). Internal to `report`.
#pragma once

#include <string_view>

namespace toksync::report {

struct PageParts {
  std::string_view page;  ///< the template, with {{name}} for each of the others
  std::string_view style;
  std::string_view library;  ///< the plotting library
  std::string_view library_licence;
  std::string_view script;
};

[[nodiscard]] const PageParts& page_parts();

}  // namespace toksync::report
