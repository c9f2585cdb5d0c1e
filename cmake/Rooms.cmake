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

# toksync_tests(<room> [WITHOUT files] [LIBRARIES target...]): every tests/<room>/*.cpp in one doctest program; the test
# cases of the files WITHOUT are left to toksync_part_of_tests.
function(toksync_tests name)
  cmake_parse_arguments(TESTS "" "WITHOUT" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(test_${name} PRIVATE ${TESTS_LIBRARIES} toksync_test_support)
  # A test runs once a build; optimizing it takes longer than it saves.
  target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  add_test(NAME ${name} COMMAND test_${name} --source-file-exclude=${TESTS_WITHOUT}
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
endfunction()

# toksync_part_of_tests(end_to_end OF cli FILES ... [WITHOUT ...])
# The test cases of those files as a test of their own, that runs beside the others.
function(toksync_part_of_tests part)
  cmake_parse_arguments(PART "" "OF;FILES;WITHOUT" "" ${ARGN})
  if(NOT TARGET test_${PART_OF})
    return()
  endif()
  add_test(NAME ${PART_OF}_${part}
    COMMAND test_${PART_OF} --source-file=${PART_FILES} --source-file-exclude=${PART_WITHOUT}
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${PART_OF}_${part} PROPERTIES TIMEOUT 1200)
endfunction()
