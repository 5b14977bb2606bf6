# What `cmake --install` lays down, how it is taken away again, and the Debian package.
#
#   bin/straddle                        the program; it finds share/ by bin/../share/straddle
#   share/straddle/models/              the small model and its notice
#   share/straddle/shapes.tsv           shapes of known models, for straddle synth
#   share/straddle/machines/            machines to plan for
#   share/man/man1/straddle.1           made by the program from its tables of commands and options
#   share/{bash-completion,zsh,fish}    completions, made likewise
#   share/doc/straddle/                 licence, changelog, README
include(GNUInstallDirs)

# Uninstalling takes away what installing made, folders too: which of them are new is noted before.
set(STRADDLE_FOLDERS ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_DOCDIR})
foreach(folder straddle/models straddle/machines man/man1 bash-completion/completions zsh/site-functions
        zsh/vendor-completions fish/vendor_completions.d)
  list(APPEND STRADDLE_FOLDERS ${CMAKE_INSTALL_DATADIR}/${folder})
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/cmake/note_folders.cmake.in ${CMAKE_BINARY_DIR}/note_folders.cmake @ONLY)
install(SCRIPT ${CMAKE_BINARY_DIR}/note_folders.cmake)

install(TARGETS straddle RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/share/models/stories260K.gguf ${CMAKE_SOURCE_DIR}/share/models/NOTICE.md
        DESTINATION ${CMAKE_INSTALL_DATADIR}/straddle/models)
install(FILES ${CMAKE_SOURCE_DIR}/share/shapes.tsv DESTINATION ${CMAKE_INSTALL_DATADIR}/straddle)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/share/machines DESTINATION ${CMAKE_INSTALL_DATADIR}/straddle
        FILES_MATCHING PATTERN *.json)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Debian's name for it; elsewhere as good as any.
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# `straddle manual KIND` prints a page. They are made with the program, so what is built can be installed.
function(straddle_page kind name)
  add_custom_command(TARGET straddle POST_BUILD VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/manual
    COMMAND straddle manual ${kind} > ${CMAKE_BINARY_DIR}/manual/${name})
  foreach(folder ${ARGN})
    install(FILES ${CMAKE_BINARY_DIR}/manual/${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
  endforeach()
endfunction()
if(NOT CMAKE_CROSSCOMPILING)
  straddle_page(man straddle.1 man/man1)
  straddle_page(bash straddle bash-completion/completions)
  # The second is where zsh looks for what a Debian package brings.
  straddle_page(zsh _straddle zsh/site-functions zsh/vendor-completions)
  straddle_page(fish straddle.fish fish/vendor_completions.d)
endif()

configure_file(${CMAKE_SOURCE_DIR}/cmake/uninstall.cmake.in ${CMAKE_BINARY_DIR}/uninstall.cmake @ONLY)
add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P ${CMAKE_BINARY_DIR}/uninstall.cmake)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME straddle)
set(CPACK_PACKAGE_VENDOR "The straddle authors")
set(CPACK_PACKAGE_CONTACT "The straddle authors <straddle@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "run large language models on the machine that you own")
set(CPACK_PACKAGE_DESCRIPTION
    "straddle reads a model from a GGUF file and continues text with it, on the\nCPU of this machine. One program, no Python, no service.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
