/// What Profiling needs of gperftools, the loader and the Swift runtime, as plain C.
///
/// Nothing of gperftools is linked: its functions are looked up in the process, where they are when it
/// was started with the library preloaded (see ProfilerBootstrap). No exception leaves this interface.

#ifndef PROFILER_SHIM_H
#define PROFILER_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether gperftools' CPU profiler and its allocator are in this process.
bool profiler_is_loaded(void);

/// Starts the process's CPU profiler, which writes to the file of that name. False: not loaded, it runs
/// already, or the file cannot be opened.
bool profiler_cpu_start(const char *path);

/// Stops it; the file is complete and closed afterwards.
void profiler_cpu_stop(void);

/// A file in memory without a name, closed on exec. Returns its descriptor, or -1 with `errno` set.
/// A Linux call that <sys/mman.h> only declares for GNU programs.
int profiler_memory_file(void);

/// Lets the allocator sample the calling thread's allocations from now on. libstdc++ allocates before
/// tcmalloc has read its settings, and the thread that did is not looked at for its next 16 MiB
/// (gperftools 2.10, sampler.cc). This asks for them at once and gives them back untouched.
void profiler_begin_sampling(void);

/// Bytes that the receiver frees with `profiler_text_free`; `bytes` is null where there is none.
typedef struct profiler_text {
    char *bytes;
    size_t count;
} profiler_text;

/// The allocator's sampled heap in gperftools' `heap_v2` text form, the map of the process at its end.
profiler_text profiler_heap_sample(void);

void profiler_text_free(profiler_text text);

/// The readable form of a mangled Swift name; `bytes` is null where `name` is not one.
profiler_text profiler_demangle_swift(const char *name);

/// Where the executable file lies in memory.
typedef struct profiler_image {
    /// What is added to the addresses in the file.
    uintptr_t bias;
    /// First address of its segments, and the one behind the last.
    uintptr_t start;
    uintptr_t end;
} profiler_image;

/// The image of the program itself, all zero where the loader does not say.
profiler_image profiler_executable_image(void);

/// The exported symbol that covers an address, null where no loaded file has one. The name is the
/// loader's and stays as long as the file is loaded.
const char *profiler_exported_symbol(uintptr_t address);

#ifdef __cplusplus
}
#endif

#endif
