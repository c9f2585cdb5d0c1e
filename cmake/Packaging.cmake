# What is installed beside the programs, and the Debian package of it:
#   cmake --install build/release                       into /usr/local
#   cmake --build build/release --target package        build/release/toksync_VERSION_ARCHITECTURE.deb
# Manual pages and completion are written by the program itself, so that they are those of its own commands.
set(described "${CMAKE_BINARY_DIR}/generated")
set(descriptions "")
function(toksync_description file)
  add_custom_command(OUTPUT "${described}/${file}" COMMAND toksync ${ARGN} > "${described}/${file}"
                     DEPENDS toksync VERBATIM)
  set(descriptions "${descriptions}" "${described}/${file}" PARENT_SCOPE)
endfunction()
function(toksync_manual page)
  add_custom_command(OUTPUT "${described}/${page}.gz" COMMAND gzip --best --no-name --stdout ${page} > ${page}.gz
                     DEPENDS "${described}/${page}" WORKING_DIRECTORY "${described}" VERBATIM)
  set(descriptions "${descriptions}" "${described}/${page}.gz" PARENT_SCOPE)
endfunction()
toksync_description(toksync.bash completion bash)
toksync_description(_toksync completion zsh)
toksync_description(toksync.fish completion fish)
toksync_description(toksync.1 manual toksync)
toksync_description(toksync-pipeline.5 manual pipeline)
toksync_manual(toksync.1)
toksync_manual(toksync-pipeline.5)
add_custom_target(toksync_descriptions ALL DEPENDS ${descriptions})

install(FILES "${described}/toksync.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
        RENAME toksync)
# Debian's zsh looks here for what packages bring, and there for what people install.
install(CODE "
  if(CMAKE_INSTALL_PREFIX MATCHES \"/usr$\")
    set(folder vendor-completions)
  else()
    set(folder site-functions)
  endif()
  file(INSTALL \"${described}/_toksync\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder}\")")
install(FILES "${described}/toksync.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(FILES "${described}/toksync.1.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${described}/toksync-pipeline.5.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man5")
install(DIRECTORY scripts/systemd/ DESTINATION lib/systemd/system)

set(CMAKE_INSTALL_DOCDIR "${CMAKE_INSTALL_DATADIR}/doc/toksync")
install(FILES README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright)
install(DIRECTORY pipelines/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples/pipelines")
install(DIRECTORY scripts/cron DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" USE_SOURCE_PERMISSIONS)
# The licences of what is compiled into the programs; what they are linked with has its own packages.
foreach(library libcli11-dev nlohmann-json3-dev libtomlplusplus-dev libexpected-dev libsqlitecpp-dev)
  string(REGEX REPLACE "^lib|-dev$|3-dev$" "" name "${library}")
  install(FILES "/usr/share/doc/${library}/copyright" DESTINATION "${CMAKE_INSTALL_DOCDIR}/licences" RENAME "${name}"
          OPTIONAL)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME toksync)
set(CPACK_PACKAGE_CONTACT "toksync <toksync@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sync creator data from credit-metered APIs into SQLite")
set(CPACK_PACKAGE_DESCRIPTION
"Reads a pipeline file, searches for creators through the Toksta Public API, buys
profiles and analyses of the ones that the file selects, and puts everything into
one SQLite database. It can be stopped anywhere and goes on where it was, pays for
nothing twice, and never goes past a budget.

The package has the program, a local stand-in for the API to try it with, systemd
units for nightly runs, and completion for bash, zsh and fish.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS sqlite3)
include(CPack)
