#include "profiler_shim.h"
