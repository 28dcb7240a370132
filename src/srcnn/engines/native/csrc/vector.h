/* Vectors of LANES floats, one tile a lane, and the few operations that every instruction set must round alike.
 *
 * Lanes never meet: a lane's bits depend neither on the width of the vector nor on what lies in other lanes. All
 * multiply-adds are fused, here and nowhere else, so the file is compiled with -ffp-contract=off. */
#ifndef SRCNN_VECTOR_H
#define SRCNN_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/* With 16 registers Clang would load the next weight before the sums of this one are done, and keep a sum on the
 * stack: 1.4 times slower. */
#if defined(__clang__) && defined(SRCNN_AVX2)
#define SETTLE(x) __asm__ volatile("" : "+x"(x) : : "memory")
#else
#define SETTLE(x) ((void)0)
#endif

#if defined(SRCNN_AVX512)
#include <immintrin.h>
#define LANES 16
#define GROUPS 2
#elif defined(SRCNN_AVX2)
#include <immintrin.h>
#define LANES 8
#define GROUPS 1
#elif defined(SRCNN_NEON)
#include <arm_neon.h>
#define LANES 4
#define GROUPS 2
#else
#ifndef LANES
#define LANES 4
#endif
#define GROUPS 1
#endif

/* GROUPS: fours of output channels that a product holds in registers, beside three vectors of tiles. */

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t mask __attribute__((vector_size(4 * LANES)));
typedef vec unaligned __attribute__((aligned(4), may_alias));

INLINE vec load(const float *from) { return *(const unaligned *)from; }

INLINE void store(float *to, vec x) { *(unaligned *)to = x; }

#if defined(SRCNN_AVX512)
INLINE vec broadcast(float x) { return _mm512_set1_ps(x); }
INLINE vec fma_vec(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
#elif defined(SRCNN_AVX2)
INLINE vec broadcast(float x) { return _mm256_set1_ps(x); }
INLINE vec fma_vec(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
#elif defined(SRCNN_NEON)
INLINE vec broadcast(float x) { return vdupq_n_f32(x); }
INLINE vec fma_vec(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
#else
INLINE vec broadcast(float x) {
    vec result;
    for (int lane = 0; lane < LANES; lane++) result[lane] = x;
    return result;
}
INLINE vec fma_vec(vec a, vec b, vec c) {
    vec result;
    for (int lane = 0; lane < LANES; lane++) result[lane] = __builtin_fmaf(a[lane], b[lane], c[lane]);
    return result;
}
#endif

/* a * x + c */
INLINE vec scaled_add(float a, vec x, vec c) { return fma_vec(broadcast(a), x, c); }

/* ReLU. Not a maximum: those of the instruction sets treat NaN and -0 differently. NaN stays NaN. */
INLINE vec relu(vec x) {
    mask negative = x < broadcast(0.0f);
    return (vec)((mask)x & ~negative);
}

#endif
