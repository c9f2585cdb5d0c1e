# A room is one folder of src/ and one static library. The rooms of lower rank that it may use are
# its DEPENDS; scripts/check_layers holds the includes to the same rule.

# toksync_room(<name> [DEPENDS room...] [LIBRARIES target...] [GENERATED file...])
function(toksync_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LIBRARIES;GENERATED" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  if(NOT sources)
    add_library(toksync_${name} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(toksync_${name} STATIC ${sources} ${ROOM_GENERATED})
    set(scope PUBLIC)
  endif()
  target_include_directories(toksync_${name} ${scope} "${CMAKE_SOURCE_DIR}/src")
  list(TRANSFORM ROOM_DEPENDS PREPEND toksync_)
  target_link_libraries(toksync_${name} ${scope} ${ROOM_DEPENDS} ${ROOM_LIBRARIES} toksync_settings)
endfunction()

# toksync_tests(<room> [LIBRARIES target...]): every tests/<room>/*.cpp in one doctest program.
function(toksync_tests name)
  cmake_parse_arguments(TESTS "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(test_${name} PRIVATE ${TESTS_LIBRARIES} toksync_test_support)
  # A test runs once a build; optimizing it takes longer than it saves.
  target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
