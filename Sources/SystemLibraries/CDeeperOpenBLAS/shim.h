#pragma once
// On Debian, cblas.h is in a multiarch directory, which pkg-config provides.
#include <cblas.h>
