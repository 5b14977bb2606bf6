# What `cmake --install` lays down, how it is taken away again, and the Debian package.
#
#   bin/straddle                        the program; it finds share/ by bin/../share/straddle
#   share/straddle/models/              the small model and its notice
#   share/man/man1/straddle.1           made by the program from its tables of commands and options
#   share/{bash-completion,zsh,fish}    completions, made likewise
#   share/doc/straddle/                 licence, changelog, README
include(GNUInstallDirs)

install(TARGETS straddle RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/share/models/stories260K.gguf ${CMAKE_SOURCE_DIR}/share/models/NOTICE.md
        DESTINATION ${CMAKE_INSTALL_DATADIR}/straddle/models)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Debian's name for it; elsewhere as good as any.
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# `straddle manual KIND` prints a page; each becomes a file of the build and is installed.
set(MANUAL_PAGES)
function(straddle_page kind name folder)
  set(file ${CMAKE_BINARY_DIR}/manual/${name})
  add_custom_command(OUTPUT ${file} DEPENDS straddle VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/manual
    COMMAND straddle manual ${kind} > ${file})
  install(FILES ${file} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
  set(MANUAL_PAGES ${MANUAL_PAGES} ${file} PARENT_SCOPE)
endfunction()
if(NOT CMAKE_CROSSCOMPILING)
  straddle_page(man straddle.1 man/man1)
  straddle_page(bash straddle bash-completion/completions)
  straddle_page(zsh _straddle zsh/site-functions)
  straddle_page(fish straddle.fish fish/vendor_completions.d)
  # zsh looks here for what a Debian package brings, and above for what is installed by hand.
  install(FILES ${CMAKE_BINARY_DIR}/manual/_straddle DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  add_custom_target(manual ALL DEPENDS ${MANUAL_PAGES})
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
