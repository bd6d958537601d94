# Install rules: headers, library, CMake package, pkg-config file.
include(CMakePackageConfigHelpers)
set(augur_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/augur")

install(TARGETS augur augur_auth augur_header_only EXPORT augurTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/augur" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.ipp"
)
install(EXPORT augurTargets NAMESPACE augur:: DESTINATION "${augur_cmake_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/augurConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/cmake/augurConfig.cmake" INSTALL_DESTINATION "${augur_cmake_dir}"
)
# Before 1.0 a minor version may break its users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/augurConfigVersion.cmake"
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion
)
install(FILES "${PROJECT_BINARY_DIR}/cmake/augurConfig.cmake" "${PROJECT_BINARY_DIR}/cmake/augurConfigVersion.cmake"
  DESTINATION "${augur_cmake_dir}"
)

# The prefix is found from where the file lies, so that an installed tree can be moved.
file(RELATIVE_PATH augur_pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
foreach(module augur augur-auth)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${module}.pc.in" "${PROJECT_BINARY_DIR}/${module}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${module}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
