/* Layers by definition: for few outputs, where the transforms of the inputs would cost more than they save. */
#ifndef SRCNN_DIRECT_H
#define SRCNN_DIRECT_H

#include "map.h"

/* Vectors of tiles at a time: with a row of weights and the sums they just fit 16 registers. */
enum { PAIR = 2, SUMS = TILE * TILE * PAIR, AHEAD = 2 };

/* What one input channel adds to a row of outputs. */
INLINE void direct_row(int kernel, const float *weights, const float *const *lines, int64_t line_size, vec *held) {
    vec sums[TILE][PAIR];
#pragma GCC unroll 8
    for (int i = 0; i < TILE * PAIR; i++) sums[i / PAIR][i % PAIR] = held[i];
    for (int y = 0; y < kernel; y++, weights += kernel) {
#pragma GCC unroll 16
        for (int column = 0; column < kernel + TILE - 1; column++) {
            const float *from = lines[y] + column % TILE * line_size + column / TILE;
            vec x[PAIR] = {load(from), load(from + LANES)};
#pragma GCC unroll 4
            for (int c = 0; c < TILE; c++) {
                if (column < c || column - c >= kernel) continue;
                vec weight = broadcast(weights[column - c]);
                sums[c][0] = fma_vec(weight, x[0], sums[c][0]);
                sums[c][1] = fma_vec(weight, x[1], sums[c][1]);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < TILE * PAIR; i++) held[i] = sums[i / PAIR][i % PAIR];
}

INLINE void direct_rows(int kernel, const float *weights, const float *const *lines, int64_t line_size, vec *sums) {
    for (int row = 0; row < TILE; row++) direct_row(kernel, weights, lines + row, line_size, sums + row * TILE * PAIR);
}

/* Channel by channel of the input, whose lines are then read from the cache for all the outputs that see them. */
static void direct_pair(const layer *l, const float *const *in, int64_t line_size, vec *sums) {
    const float *weights = l->weights, *lines[TILE + MAX_KERNEL];
    for (int64_t i = 0; i < l->in; i++) {
        for (int64_t y = 0; y < l->kernel + TILE - 1; y++) {
            lines[y] = in[y] + i * TILE * line_size;
            /* Short pieces of many lines: the processor does not see by itself which comes next. */
            for (int c = 0; c < TILE; c++) {
                const float *soon = lines[y] + (AHEAD * TILE + c) * line_size;
                __builtin_prefetch(soon);
                __builtin_prefetch(soon + PAIR * LANES);
            }
        }
        for (int64_t o = 0; o < l->out; o++, weights += l->kernel * l->kernel)
            switch (l->kernel) { /* known to the compiler, so that it can lay out the sums */
            case 3: direct_rows(3, weights, lines, line_size, sums + o * SUMS); break;
            case 5: direct_rows(5, weights, lines, line_size, sums + o * SUMS); break;
            case 7: direct_rows(7, weights, lines, line_size, sums + o * SUMS); break;
            case 9: direct_rows(9, weights, lines, line_size, sums + o * SUMS); break;
            default: direct_rows(11, weights, lines, line_size, sums + o * SUMS); break;
            }
    }
}

INLINE int64_t direct_floats(const layer *l) { return l->out * SUMS * LANES; }

static void direct_layer(const layer *l, int64_t tiles, const float *const *in, const map *to, int64_t line_size,
                         float *const *out, float *scratch) {
    vec *sums = (vec *)scratch;
    int64_t vectors = vectors_of(tiles);
    for (int64_t v = 0; v < vectors; v += PAIR) {
        const float *lines[TILE + MAX_KERNEL];
        for (int64_t y = 0; y < l->kernel + TILE - 1; y++) lines[y] = in[y] + v * LANES;
        for (int64_t i = 0; i < l->out * SUMS; i++) sums[i] = broadcast(l->bias[i / SUMS]);
        direct_pair(l, lines, line_size, sums);
        for (int64_t i = 0; i < l->out * SUMS; i++) {
            int64_t o = i / SUMS, row = i % SUMS / (TILE * PAIR), column = i / PAIR % TILE, w = v + i % PAIR;
            if (w == vectors) continue;
            float *line = out[row] + (o * TILE + column) * to->line;
            store(line + w / VECTORS * to->block + w % VECTORS * LANES, l->rectify ? relu(sums[i]) : sums[i]);
        }
    }
}

#endif
