#ifndef PROFILER_SHIM_H
#define PROFILER_SHIM_H
#endif
