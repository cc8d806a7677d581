// SwiftPM wants a source file.
#include "driver.h"
