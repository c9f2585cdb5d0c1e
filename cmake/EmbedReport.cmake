include(EmbedText)

# Embeds the page of `toksync report`: the template and style of src/report/page/, its scripts as one, and the plotting
# library with its licence, both as Debian's package libjs-chart.js has them.
find_file(CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js NO_DEFAULT_PATH REQUIRED)
find_file(CHART_JS_LICENCE copyright PATHS /usr/share/doc/libjs-chart.js NO_DEFAULT_PATH REQUIRED)
set(page "${CMAKE_SOURCE_DIR}/src/report/page")
toksync_literal(TOKSYNC_REPORT_TEMPLATE "${page}/page.html")
toksync_literal(TOKSYNC_REPORT_STYLE "${page}/style.css")
toksync_literal(TOKSYNC_REPORT_LIBRARY "${CHART_JS}")
toksync_literal(TOKSYNC_REPORT_LICENCE "${CHART_JS_LICENCE}")
# Each uses what those before it define.
set(TOKSYNC_REPORT_SCRIPT "")
foreach(name IN ITEMS document data run table details plots main)
  toksync_literal(literal "${page}/${name}.js")
  string(APPEND TOKSYNC_REPORT_SCRIPT "${literal}")
endforeach()
configure_file("${CMAKE_SOURCE_DIR}/cmake/page_parts.cpp.in" "${CMAKE_BINARY_DIR}/generated/page_parts.cpp" @ONLY)
