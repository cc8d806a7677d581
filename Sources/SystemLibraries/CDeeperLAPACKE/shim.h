#pragma once
// The C++-style complex types of lapacke.h do not import into Swift; deeper needs the real routines only.
#include <lapacke.h>
