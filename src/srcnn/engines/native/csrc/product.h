/* Sums over channels of weights times values: layers of 1 x 1, and what lies between Winograd's transforms. */
#ifndef SRCNN_PRODUCT_H
#define SRCNN_PRODUCT_H

#include "map.h"

/* m[4 groups][vectors] = sum over depth of u[depth][4 groups] * v[depth][vectors], in the order of depth. */
INLINE void product_block(int groups, int vectors, const float *u, int64_t depth, const float *v, int64_t v_stride,
                          const float *bias, int rectify, float *m, int64_t m_stride) {
    vec sums[2 * FOUR][VECTORS];
#pragma GCC unroll 8
    for (int o = 0; o < groups * FOUR; o++)
#pragma GCC unroll 3
        for (int n = 0; n < vectors; n++) sums[o][n] = broadcast(bias ? bias[o] : 0);
    for (int64_t k = 0; k < depth; k++) {
        vec x[VECTORS];
#pragma GCC unroll 3
        for (int n = 0; n < vectors; n++) x[n] = load(v + k * v_stride + n * LANES);
#pragma GCC unroll 8
        for (int o = 0; o < groups * FOUR; o++) {
            vec weight = broadcast(u[(o / FOUR * depth + k) * FOUR + o % FOUR]);
#pragma GCC unroll 3
            for (int n = 0; n < vectors; n++) sums[o][n] = fma_vec(weight, x[n], sums[o][n]);
#pragma GCC unroll 3
            for (int n = 0; n < vectors; n++) SETTLE(sums[o][n]);
        }
    }
#pragma GCC unroll 8
    for (int o = 0; o < groups * FOUR; o++)
#pragma GCC unroll 3
        for (int n = 0; n < vectors; n++)
            store(m + o * m_stride + n * LANES, rectify ? relu(sums[o][n]) : sums[o][n]);
}

INLINE void product_columns(int groups, int vectors, const float *u, int64_t fours, int64_t depth, const float *v,
                            int64_t v_stride, const float *bias, int rectify, float *m, int64_t m_stride) {
    for (; fours >= groups; fours -= groups) {
        product_block(groups, vectors, u, depth, v, v_stride, bias, rectify, m, m_stride);
        u += groups * depth * FOUR;
        m += groups * FOUR * m_stride;
        bias += bias ? groups * FOUR : 0;
    }
    if (fours) product_block(1, vectors, u, depth, v, v_stride, bias, rectify, m, m_stride);
}

static void product(int64_t vectors, const float *u, int64_t fours, int64_t depth, const float *v, int64_t v_stride,
                    const float *bias, int rectify, float *m, int64_t m_stride) {
    if (vectors == 3) product_columns(GROUPS, 3, u, fours, depth, v, v_stride, bias, rectify, m, m_stride);
    else if (vectors == 2) product_columns(GROUPS, 2, u, fours, depth, v, v_stride, bias, rectify, m, m_stride);
    else product_columns(2, 1, u, fours, depth, v, v_stride, bias, rectify, m, m_stride);
}

/* A layer of 1 x 1: a product with the map as it lies. */
static void product_layer(const layer *l, int64_t tiles, const float *const *in, const map *from, const map *to,
                          float *const *out) {
    int64_t fours = whole_fours(l->out) / FOUR;
    for (int64_t left = vectors_of(tiles), b = 0; left > 0; left -= VECTORS, b++)
        for (int i = 0; i < TILE * TILE; i++) {
            int row = i / TILE, column = i % TILE;
            product(least(left, VECTORS), l->weights, fours, l->in, in[row] + b * from->block + column * from->line,
                    TILE * from->line, l->bias, l->rectify != 0, out[row] + b * to->block + column * to->line, TILE * to->line);
        }
}

#endif
