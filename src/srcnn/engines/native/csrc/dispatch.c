/* The levels of instructions that were compiled, which of them this processor has, and the way in. */
#include "network.h"

#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

#define DECLARE(level)                            \
    int64_t workspace_floats_##level(const job *j); \
    void work_##level(const job *j, int64_t worker);

#if defined(__x86_64__)
#include <cpuid.h>

DECLARE(avx512)
DECLARE(avx2)

static int has(int level) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA)) return 0;
    unsigned saved, high;
    __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0)); /* registers that the system keeps */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    if (level == 512) return (saved & 0xe6) == 0xe6 && (b & bit_AVX512F) != 0;
    return (saved & 0x6) == 0x6 && (b & bit_AVX2) != 0;
}
#elif defined(__aarch64__) || defined(_M_ARM64)
DECLARE(neon)
#endif
DECLARE(portable)

typedef struct {
    const char *name;
    int64_t (*workspace_floats)(const job *);
    void (*work)(const job *, int64_t);
} level;

/* The best first. */
static const level LEVELS[] = {
#if defined(__x86_64__)
    {"avx512", workspace_floats_avx512, work_avx512},
    {"avx2", workspace_floats_avx2, work_avx2},
#elif defined(__aarch64__) || defined(_M_ARM64)
    {"neon", workspace_floats_neon, work_neon},
#endif
    {"portable", workspace_floats_portable, work_portable},
};

PUBLIC int64_t srcnn_version(void) { return 1; }

PUBLIC int64_t srcnn_levels(void) { return sizeof LEVELS / sizeof *LEVELS; }

PUBLIC const char *srcnn_level_name(int64_t number) { return LEVELS[number].name; }

PUBLIC int64_t srcnn_level_runs(int64_t number) {
#if defined(__x86_64__)
    return number == 0 ? has(512) : number == 1 ? has(256) : 1;
#else
    return number >= 0;
#endif
}

PUBLIC int64_t srcnn_workspace_floats(int64_t number, const job *j) { return LEVELS[number].workspace_floats(j); }

PUBLIC void srcnn_work(int64_t number, const job *j, int64_t worker) { LEVELS[number].work(j, worker); }
