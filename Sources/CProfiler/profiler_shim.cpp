#include "profiler_shim.h"

#include <dlfcn.h>
#include <gperftools/malloc_extension.h>
#include <link.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

/// Exported by the Swift runtime (swift/Demangling/Demangle.h). With no buffer given it returns one from
/// malloc, or null where the name is not mangled.
extern "C" char *swift_demangle(const char *name, size_t name_length, char *buffer,
                                size_t *buffer_size, uint32_t flags);

namespace {

template <typename Function>
Function find(const char *name) {
    return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

MallocExtension *allocator() {
    // MallocExtension::instance, as libtcmalloc exports it. Its methods are virtual and need no symbol.
    const auto instance = find<MallocExtension *(*)()>("_ZN15MallocExtension8instanceEv");
    return instance ? instance() : nullptr;
}

int note_segments(dl_phdr_info *info, size_t, void *context) {
    auto *image = static_cast<profiler_image *>(context);
    image->bias = info->dlpi_addr;
    image->start = UINTPTR_MAX;
    for (int index = 0; index < info->dlpi_phnum; ++index) {
        const auto &segment = info->dlpi_phdr[index];
        if (segment.p_type != PT_LOAD) continue;
        const uintptr_t start = info->dlpi_addr + segment.p_vaddr;
        image->start = std::min(image->start, start);
        image->end = std::max(image->end, start + segment.p_memsz);
    }
    return 1;  // The program itself comes first; the others are not wanted.
}

}  // namespace

bool profiler_is_loaded(void) {
    return dlsym(RTLD_DEFAULT, "ProfilerStart") && dlsym(RTLD_DEFAULT, "ProfilerStop")
        && allocator();
}

bool profiler_cpu_start(const char *path) {
    try {
        const auto start = find<int (*)(const char *)>("ProfilerStart");
        return start && start(path) != 0;
    } catch (...) {
        return false;
    }
}

void profiler_cpu_stop(void) {
    try {
        if (const auto stop = find<void (*)()>("ProfilerStop")) stop();
    } catch (...) {
    }
}

int profiler_memory_file(void) { return memfd_create("cpu-profile", MFD_CLOEXEC); }

void profiler_begin_sampling(void) {
    // Volatile, or the compiler leaves both calls out.
    void *volatile block = std::malloc((16 << 20) + 1);
    std::free(block);
}

profiler_text profiler_heap_sample(void) {
    try {
        auto *const extension = allocator();
        if (!extension) return {nullptr, 0};
        std::string sample;
        extension->GetHeapSample(&sample);
        auto *const bytes = static_cast<char *>(std::malloc(sample.size()));
        if (!bytes) return {nullptr, 0};
        std::memcpy(bytes, sample.data(), sample.size());
        return {bytes, sample.size()};
    } catch (...) {
        return {nullptr, 0};
    }
}

void profiler_text_free(profiler_text text) { std::free(text.bytes); }

profiler_text profiler_demangle_swift(const char *name) {
    try {
        char *const text = swift_demangle(name, std::strlen(name), nullptr, nullptr, 0);
        return {text, text ? std::strlen(text) : 0};
    } catch (...) {
        return {nullptr, 0};
    }
}

profiler_image profiler_executable_image(void) {
    profiler_image image = {0, 0, 0};
    dl_iterate_phdr(note_segments, &image);
    return image;
}

const char *profiler_exported_symbol(uintptr_t address) {
    Dl_info info;
    return dladdr(reinterpret_cast<void *>(address), &info) ? info.dli_sname : nullptr;
}
