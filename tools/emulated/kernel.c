/* Runs jobs of the native engine on a bare processor and compares every result with what is expected.
 *
 * The boot loader's module holds the jobs: see `packed` in cases.py. Lines go to the serial port: the processor, what the
 * library takes for the best when the system keeps fewer registers, a line for each job and level, and `end`. */
#include <cpuid.h>

#include "network.h"

int64_t srcnn_levels(void);
int64_t srcnn_level_runs(int64_t number);
const char *srcnn_level_name(int64_t number);
int64_t srcnn_workspace_floats(int64_t number, const job *j);
void srcnn_work(int64_t number, const job *j, int64_t worker);

enum { SERIAL = 0x3f8, READY = 0x20, SENT = 0x40, SHUTDOWN = 0x8900 };
enum { MAX_WORKERS = 8, GUARD = 64, SAVE = 1 << 18 };
enum { X87 = 1, SSE = 2, AVX = 4, AVX512 = 0xe0 };

/* What compilers ask for. */
void *memset(void *to, int value, uint64_t size) {
    void *result = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
    return result;
}
void *memcpy(void *to, const void *from, uint64_t size) {
    void *result = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    return result;
}
float fmaf(float a, float b, float c) {
    __asm__("vfmadd213ss %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
    return a;
}

static void out(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

/* Until the serial port can take a byte, or has sent all. */
static void wait_for(uint8_t wanted) {
    uint8_t status;
    do __asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)(SERIAL + 5)));
    while (!(status & wanted));
}

static void print(const char *text) {
    for (; *text; text++) {
        wait_for(READY);
        out(SERIAL, (uint8_t)*text);
    }
}

static void print_number(int64_t number) {
    char text[24], *at = text + 23;
    *at = 0;
    do *--at = (char)('0' + number % 10);
    while (number /= 10);
    print(at);
}

/* Registers that a system keeps. */
static void keep(uint64_t registers) {
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    cr4 = registers ? cr4 | SAVE : cr4 & ~(uint64_t)SAVE;
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
    if (registers) __asm__ volatile("xsetbv" : : "a"((uint32_t)registers), "d"(0), "c"(0));
}

static int64_t best(void) {
    int64_t level = 0;
    while (!srcnn_level_runs(level)) level++;
    return level;
}

static void show_processor(void) {
    unsigned name[13] = {0}, a, b, c, d;
    for (unsigned part = 0; part < 3; part++)
        __cpuid(0x80000002 + part, name[4 * part], name[4 * part + 1], name[4 * part + 2], name[4 * part + 3]);
    print("processor ");
    print((const char *)name);
    __cpuid(1, a, b, c, d);
    uint64_t kept[] = {0, X87, X87 | SSE, X87 | SSE | AVX, X87 | SSE | AVX | AVX512};
    const char *names[] = {"none", "x87", "sse", "avx", "avx512"};
    unsigned savable = 0;
    __cpuid_count(13, 0, savable, b, a, d);
    for (int i = 0; i < 5; i++) {
        if (!(c & bit_XSAVE) || (kept[i] & ~(uint64_t)savable)) break;
        keep(kept[i]);
        print("\nregisters ");
        print(names[i]);
        print(" best ");
        print(srcnn_level_name(best()));
    }
    print("\n");
}

static const uint32_t NAN_BITS = 0x7fc00000, MARK = 0x5aa55aa5;

static void fill(float *floats, int64_t count, uint32_t bits) {
    for (int64_t i = 0; i < count; i++) ((uint32_t *)floats)[i] = bits;
}

static int is_filled(const float *floats, int64_t count, uint32_t bits) {
    for (int64_t i = 0; i < count; i++)
        if (((const uint32_t *)floats)[i] != bits) return 0;
    return 1;
}

/* The job at `from`, on a level, in free memory; returns the place of the next. */
static const char *run(int64_t level, const char *from, char *free) {
    job j = *(const job *)from;
    const int64_t *counts = (const int64_t *)(from + sizeof j);
    const float *floats = (const float *)(counts + 2 * j.count + 2);
    for (int64_t l = 0; l < j.count; l++) {
        j.layers[l].weights = floats;
        j.layers[l].bias = floats + counts[2 * l];
        floats += counts[2 * l] + counts[2 * l + 1];
    }
    j.source = floats;
    const float *expected = floats + counts[2 * j.count];
    int64_t size = counts[2 * j.count + 1], work = j.workers * srcnn_workspace_floats(level, &j);
    uint64_t ranges[8 * MAX_WORKERS] = {0}, differing = 0;
    for (int64_t w = 0; w < j.workers; w++)
        ranges[8 * w] = (uint64_t)(j.tile_rows * w / j.workers) << 32 | (uint64_t)(j.tile_rows * (w + 1) / j.workers);
    int64_t stop = 0;
    j.ranges = ranges;
    j.stop = &stop;
    j.workspace = (float *)(((uint64_t)free + 63) & ~63ull);
    j.result = j.workspace + work + GUARD;
    fill(j.workspace, work, NAN_BITS); /* what is read before it is written shows */
    fill(j.workspace + work, 2 * GUARD + size, MARK);
    for (int64_t w = 0; w < j.workers; w++) srcnn_work(level, &j, w);
    for (int64_t i = 0; i < size; i++) {
        uint32_t bits = ((uint32_t *)j.result)[i];
        if ((bits & 0x7fffffff) > 0x7f800000) bits = NAN_BITS; /* which NaN is the compiler's choice */
        differing += bits != ((const uint32_t *)expected)[i];
    }
    int whole = is_filled(j.workspace + work, GUARD, MARK) && is_filled(j.result + size, GUARD, MARK);
    print("level ");
    print(srcnn_level_name(level));
    print(" floats ");
    print_number(size);
    print(" differing ");
    print_number((int64_t)differing);
    print(whole ? "\n" : " beyond\n");
    return (const char *)(((uint64_t)(expected + size) + 7) & ~7ull);
}

void kernel(const uint32_t *loaded) {
    const uint32_t *module = (const uint32_t *)(uint64_t)loaded[6];
    const char *start = (const char *)(uint64_t)module[0], *end = (const char *)(uint64_t)module[1];
    out(SERIAL + 3, 0x80); /* 115200 baud, 8 bits */
    out(SERIAL, 1);
    out(SERIAL + 1, 0);
    out(SERIAL + 3, 3);
    show_processor();
    for (int64_t level = best(); level < srcnn_levels() - 1; level++)
        for (const char *from = start; from < end;) from = run(level, from, (char *)end);
    print("end\n");
    wait_for(SENT);
    for (const char *word = "Shutdown"; *word; word++) out(SHUTDOWN, (uint8_t)*word);
}
