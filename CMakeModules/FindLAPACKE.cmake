#[=======================================================================[.rst:
FindLAPACKE
-----------

Finds LAPACKE, the C interface of LAPACK: the library and its header ``lapacke.h``.

Imported targets
^^^^^^^^^^^^^^^^

``LAPACKE::LAPACKE``
  The library with its include directory, if found.

Result variables
^^^^^^^^^^^^^^^^

``LAPACKE_FOUND``
  True if the library and its header were found.
``LAPACKE_VERSION``
  The version, where ``pkg-config lapacke`` knows it; the header does not.
``LAPACKE_INCLUDE_DIRS``
  The directories to include from.
``LAPACKE_LIBRARIES``
  The libraries to link.

Cache variables
^^^^^^^^^^^^^^^

``LAPACKE_INCLUDE_DIR``
  The directory that holds ``lapacke.h``.
``LAPACKE_LIBRARY``
  The path of the library.

Hints
^^^^^

``LAPACKE_ROOT``, as a variable or in the environment, is searched first, then what ``pkg-config lapacke`` says, then
the system directories.

A shared LAPACKE brings LAPACK along. A static one needs more libraries than this module names;
``pkg-config --static --libs lapacke`` lists them.
#]=======================================================================]

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(PC_LAPACKE QUIET lapacke)
endif()

find_path(LAPACKE_INCLUDE_DIR
  NAMES lapacke.h
  HINTS ${PC_LAPACKE_INCLUDEDIR} ${PC_LAPACKE_INCLUDE_DIRS}
  PATH_SUFFIXES lapacke openblas
  DOC "Directory of lapacke.h")

find_library(LAPACKE_LIBRARY
  NAMES lapacke
  HINTS ${PC_LAPACKE_LIBDIR} ${PC_LAPACKE_LIBRARY_DIRS}
  DOC "Path of the LAPACKE library")

# The version belongs to the library only if it is the one that pkg-config describes.
if(PC_LAPACKE_FOUND AND LAPACKE_LIBRARY)
  get_filename_component(LAPACKE_library_dir "${LAPACKE_LIBRARY}" DIRECTORY)
  if(LAPACKE_library_dir STREQUAL PC_LAPACKE_LIBDIR)
    set(LAPACKE_VERSION "${PC_LAPACKE_VERSION}")
  endif()
  unset(LAPACKE_library_dir)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LAPACKE
  REQUIRED_VARS LAPACKE_LIBRARY LAPACKE_INCLUDE_DIR
  VERSION_VAR LAPACKE_VERSION)

if(LAPACKE_FOUND)
  set(LAPACKE_INCLUDE_DIRS "${LAPACKE_INCLUDE_DIR}")
  set(LAPACKE_LIBRARIES "${LAPACKE_LIBRARY}")
  if(NOT TARGET LAPACKE::LAPACKE)
    add_library(LAPACKE::LAPACKE UNKNOWN IMPORTED)
    set_target_properties(LAPACKE::LAPACKE PROPERTIES
      IMPORTED_LOCATION "${LAPACKE_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${LAPACKE_INCLUDE_DIR}")
  endif()
endif()

mark_as_advanced(LAPACKE_INCLUDE_DIR LAPACKE_LIBRARY)
