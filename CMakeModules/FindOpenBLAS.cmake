#[=======================================================================[.rst:
FindOpenBLAS
------------

Finds OpenBLAS, the library and its C headers ``cblas.h`` and ``openblas_config.h``.

Imported targets
^^^^^^^^^^^^^^^^

``OpenBLAS::OpenBLAS``
  The library with its include directory, if found.

Result variables
^^^^^^^^^^^^^^^^

``OpenBLAS_FOUND``
  True if the library and its headers were found.
``OpenBLAS_VERSION``
  The version, from ``openblas_config.h``.
``OpenBLAS_INCLUDE_DIRS``
  The directories to include from.
``OpenBLAS_LIBRARIES``
  The libraries to link.

Cache variables
^^^^^^^^^^^^^^^

``OpenBLAS_INCLUDE_DIR``
  The directory that holds ``cblas.h`` and ``openblas_config.h``.
``OpenBLAS_LIBRARY``
  The path of the library.

Hints
^^^^^

``OpenBLAS_ROOT``, as a variable or in the environment, is searched first, then what ``pkg-config openblas`` says,
then the system directories with those of the Debian flavours (pthread, OpenMP, serial) and of Fedora.

A static library needs more libraries than this module names; ``pkg-config --static --libs openblas`` lists them.
#]=======================================================================]

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_OpenBLAS QUIET openblas)
endif()

find_path(OpenBLAS_INCLUDE_DIR
  NAMES openblas_config.h
  HINTS ${PC_OpenBLAS_INCLUDEDIR} ${PC_OpenBLAS_INCLUDE_DIRS}
  PATH_SUFFIXES openblas openblas-pthread openblas-openmp openblas-serial
  DOC "Directory of cblas.h and openblas_config.h")

find_library(OpenBLAS_LIBRARY
  NAMES openblas
  HINTS ${PC_OpenBLAS_LIBDIR} ${PC_OpenBLAS_LIBRARY_DIRS}
  PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial
  DOC "Path of the OpenBLAS library")

if(OpenBLAS_INCLUDE_DIR AND NOT EXISTS "${OpenBLAS_INCLUDE_DIR}/cblas.h")
  set(OpenBLAS_NOT_FOUND_MESSAGE "${OpenBLAS_INCLUDE_DIR} holds openblas_config.h but no cblas.h")
  set(OpenBLAS_INCLUDE_DIR "OpenBLAS_INCLUDE_DIR-NOTFOUND")
endif()

if(OpenBLAS_INCLUDE_DIR)
  file(STRINGS "${OpenBLAS_INCLUDE_DIR}/openblas_config.h" OpenBLAS_VERSION
    REGEX "^#define OPENBLAS_VERSION ")
  string(REGEX REPLACE "^.*OpenBLAS ([0-9][0-9.]*).*$" "\\1" OpenBLAS_VERSION "${OpenBLAS_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLAS
  REQUIRED_VARS OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR
  VERSION_VAR OpenBLAS_VERSION
  REASON_FAILURE_MESSAGE "${OpenBLAS_NOT_FOUND_MESSAGE}")
unset(OpenBLAS_NOT_FOUND_MESSAGE)

if(OpenBLAS_FOUND)
  set(OpenBLAS_INCLUDE_DIRS "${OpenBLAS_INCLUDE_DIR}")
  set(OpenBLAS_LIBRARIES "${OpenBLAS_LIBRARY}")
  if(NOT TARGET OpenBLAS::OpenBLAS)
    add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
    set_target_properties(OpenBLAS::OpenBLAS PROPERTIES
      IMPORTED_LOCATION "${OpenBLAS_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${OpenBLAS_INCLUDE_DIR}")
  endif()
endif()

mark_as_advanced(OpenBLAS_INCLUDE_DIR OpenBLAS_LIBRARY)
