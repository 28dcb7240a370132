/* The rows of a window among workers: each takes its own from the front, and steals from the end of others'. */
#ifndef SRCNN_SHARE_H
#define SRCNN_SHARE_H

#include "network.h"
#include "vector.h"

/* A worker's own rows of tiles, first and end in one word, so that taking and stealing cannot overlap. */
INLINE uint64_t range(uint64_t first, uint64_t end) { return first << 32 | end; }

static int64_t take(uint64_t *own) {
    uint64_t old = __atomic_load_n(own, __ATOMIC_ACQUIRE);
    for (;;) {
        uint64_t first = old >> 32, end = old & 0xffffffff;
        if (first >= end) return -1;
        if (__atomic_compare_exchange_n(own, &old, range(first + 1, end), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return (int64_t)first;
    }
}

/* Half of what the worker with the most rows still has to do; rows at the seam are computed by both. */
static int steal(const job *j, uint64_t *own) {
    enum { WORTH_IT = 6 };
    for (;;) {
        uint64_t *richest = 0, old = 0;
        for (int64_t w = 0; w < j->workers; w++) {
            uint64_t now = __atomic_load_n(&j->ranges[8 * w], __ATOMIC_ACQUIRE);
            if ((now >> 32) + WORTH_IT <= (now & 0xffffffff) &&
                (!richest || (now & 0xffffffff) - (now >> 32) > (old & 0xffffffff) - (old >> 32))) {
                richest = &j->ranges[8 * w];
                old = now;
            }
        }
        if (!richest) return 0;
        uint64_t first = old >> 32, end = old & 0xffffffff, middle = end - (end - first) / 2;
        if (__atomic_compare_exchange_n(richest, &old, range(first, middle), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            __atomic_store_n(own, range(middle, end), __ATOMIC_RELEASE);
            return 1;
        }
    }
}

#endif
