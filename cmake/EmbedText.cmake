# Files as C++ string literals, for sources that CMake generates.

# toksync_literal(<variable> <file>): the file's text as string literals, one behind the other. A string literal has a
# length limit of its own in the standard; several adjacent ones do not.
function(toksync_literal variable file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(READ "${file}" text)
  string(LENGTH "${text}" length)
  set(literal "")
  set(offset 0)
  while(offset LESS length)
    string(SUBSTRING "${text}" ${offset} 12000 part)
    string(APPEND literal "R\"embedded(${part})embedded\"\n")
    math(EXPR offset "${offset} + 12000")
  endwhile()
  set(${variable} "${literal}" PARENT_SCOPE)
endfunction()
