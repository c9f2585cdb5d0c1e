# Warnings, sanitizers and coverage as INTERFACE targets: a target gets them by linking toksync_settings.
add_library(toksync_settings INTERFACE)
# Without -Wnull-dereference: g++ 12 suspects its own library of them once it optimizes.
# Designated initializers leave out what keeps its default; g++ 12 takes that for an oversight.
target_compile_options(toksync_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-align -Wimplicit-fallthrough -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op>)
target_compile_definitions(toksync_settings INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# Compiling the same file again costs nothing where ccache is installed.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND TOKSYNC_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

if(TOKSYNC_WERROR)
  target_compile_options(toksync_settings INTERFACE -Werror)
endif()
if(TOKSYNC_SANITIZE)
  target_compile_options(toksync_settings INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(toksync_settings INTERFACE -fsanitize=address,undefined)
  if(NOT TOKSYNC_FUZZ)
    # A fifth of the build goes to these two. A null pointer that is used ends a program anyway; fuzzing keeps both for
    # what reads bytes from outside.
    target_compile_options(toksync_settings INTERFACE -fno-sanitize=null,alignment)
  endif()
endif()
if(TOKSYNC_FUZZ)
  # A number too large for its type is undefined behaviour as well, though not in the group of that name.
  target_compile_options(toksync_settings INTERFACE -fsanitize=fuzzer-no-link,float-cast-overflow)
  target_link_options(toksync_settings INTERFACE -fsanitize=float-cast-overflow)
endif()
if(TOKSYNC_COVERAGE)
  target_compile_options(toksync_settings INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(toksync_settings INTERFACE --coverage)
endif()
if(TOKSYNC_FAULT_POINTS)
  target_compile_definitions(toksync_settings INTERFACE TOKSYNC_FAULT_POINTS=1)
endif()
