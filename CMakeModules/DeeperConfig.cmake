#[=======================================================================[.rst:
DeeperConfig
------------

What ``find_package(Deeper)`` reads in an installed tree: ``<prefix>/lib/cmake/Deeper``.

Imported targets
^^^^^^^^^^^^^^^^

``Deeper::deeper``
  The library ``libdeeper.so`` with its header ``deeper.h``. It holds all of Swift that it needs and depends on OpenBLAS,
  libjpeg-turbo, libpng and zlib, which the linker finds by themselves.

The tree may be moved: all paths follow from this file's.
#]=======================================================================]

get_filename_component(Deeper_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(Deeper_INCLUDE_DIRS "${Deeper_prefix}/include")
set(Deeper_LIBRARIES "${Deeper_prefix}/lib/libdeeper.so")

foreach(Deeper_file IN ITEMS "${Deeper_INCLUDE_DIRS}/deeper.h" "${Deeper_LIBRARIES}")
  if(NOT EXISTS "${Deeper_file}")
    set(Deeper_FOUND FALSE)
    set(Deeper_NOT_FOUND_MESSAGE "${Deeper_file} is missing: the installation is incomplete")
    return()
  endif()
endforeach()

if(NOT TARGET Deeper::deeper)
  add_library(Deeper::deeper SHARED IMPORTED)
  set_target_properties(Deeper::deeper PROPERTIES
    IMPORTED_LOCATION "${Deeper_LIBRARIES}"
    INTERFACE_INCLUDE_DIRECTORIES "${Deeper_INCLUDE_DIRS}")
endif()
