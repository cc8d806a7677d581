#pragma once
// The C++-style complex types of lapacke.h cannot be imported into Swift; deeper needs only the real routines.
#include <lapacke.h>
