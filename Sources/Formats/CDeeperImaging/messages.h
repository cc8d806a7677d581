#pragma once
#include "CImaging.h"

#include <stdio.h>

// Writes a text into a buffer of DEEPER_MESSAGE_BYTES; a longer text is cut off.
#define deeper_explain(message, ...) ((void)snprintf(message, DEEPER_MESSAGE_BYTES, __VA_ARGS__))
