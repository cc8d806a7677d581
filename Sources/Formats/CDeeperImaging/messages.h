#pragma once
#include "CImaging.h"

#include <stdio.h>

// Writes a text into a buffer of DEEPER_MESSAGE_BYTES, cut off where it is longer.
#define deeper_explain(message, ...) ((void)snprintf(message, DEEPER_MESSAGE_BYTES, __VA_ARGS__))
