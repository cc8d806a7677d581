#pragma once
// Debian keeps cblas.h under a multiarch folder that pkg-config names.
#include <cblas.h>
