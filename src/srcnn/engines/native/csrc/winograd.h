/* Layers by Winograd's transforms, in pieces of 3 x 3 or 5 x 5 of the kernel. */
#ifndef SRCNN_WINOGRAD_H
#define SRCNN_WINOGRAD_H

#include "product.h"
#include "transforms.h"

/* Winograd's scratch. What is computed from few inputs is computed in chunks of CHUNK outputs, which then stay in the first
 * level of cache. The padding keeps what is read together out of the same places of the cache. */
enum { WIDE = BLOCK + LANES, CHUNK = 16, SHALLOW = 32 };
INLINE int64_t depth_of(const layer *l) { return l->pieces * l->pieces * l->in; }
INLINE int shallow(const layer *l) { return depth_of(l) <= SHALLOW; }
INLINE int64_t chunk_of(const layer *l) { return shallow(l) ? least(CHUNK, whole_fours(l->out)) : whole_fours(l->out); }
INLINE int64_t column_size(const layer *l) { return l->pieces * l->in * TILE * WIDE + PAD; }
INLINE int64_t input_size(const layer *l) { return depth_of(l) * BLOCK + PAD; }
INLINE int64_t product_size(const layer *l) { return chunk_of(l) * BLOCK + PAD; }
INLINE int64_t half_size(const layer *l) { return TILE * chunk_of(l) * BLOCK + PAD; }
INLINE int64_t inputs_held(const layer *l) { return shallow(l) ? l->points : 1; }

INLINE int64_t winograd_floats(const layer *l) {
    return l->points * (column_size(l) + inputs_held(l) * input_size(l) + product_size(l) + half_size(l));
}

typedef struct {
    float *columns;  /* [points][pieces * in][4][WIDE]: transformed from row to row */
    float *inputs;   /* [points][pieces * pieces * in][BLOCK], of one row of points or of all: transformed both ways */
    float *products; /* [points][chunk][BLOCK], of one row of points */
    float *halves;   /* [points][4][chunk][BLOCK]: transformed back from column to column */
} winograd_scratch;

/* Vectors first..first + count of the map's lines, to the columns' lanes from LANES on; what lay in vector `kept` of the
 * columns becomes their first. */
INLINE void forward_rows(int points, const layer *l, const float *const *in, const map *from, int64_t first, int64_t count,
                         float *columns, int64_t kept) {
    int64_t size = column_size(l), piece_size = points == 8 ? 5 : 3, places[VECTORS];
    for (int64_t n = 0; n < count; n++)
        places[n] = (first + n) / VECTORS * from->block + (first + n) % VECTORS * LANES;
    for (int64_t piece = 0; piece < l->pieces; piece++) {
        const float *rows[8];
        for (int p = 0; p < points; p++) rows[p] = in[piece * piece_size + p];
        for (int64_t i = 0; i < l->in * TILE; i++) {
            float *result = columns + (piece * l->in * TILE + i) * WIDE;
            for (int p = 0; p < points; p++) store(result + p * size, load(result + p * size + kept * LANES));
            for (int64_t n = 0; n < count; n++) {
                vec d[8], v[8];
                for (int p = 0; p < points; p++) d[p] = load(rows[p] + i * from->line + places[n]);
                forward(points, d, v);
                for (int p = 0; p < points; p++) store(result + p * size + (n + 1) * LANES, v[p]);
            }
        }
    }
}

INLINE void forward_columns(int points, const layer *l, const float *columns, float *inputs, int64_t vectors) {
    int64_t size = input_size(l), piece_size = points == 8 ? 5 : 3;
    for (int64_t y = 0; y < l->pieces; y++)
        for (int64_t x = 0; x < l->pieces; x++)
            for (int64_t i = 0; i < l->in; i++) {
                const float *from = columns + (y * l->in + i) * TILE * WIDE;
                float *to = inputs + ((y * l->pieces + x) * l->in + i) * BLOCK;
                const float *at[8];
                for (int p = 0; p < points; p++) {
                    int64_t column = x * piece_size + p;
                    at[p] = from + column % TILE * WIDE + column / TILE;
                }
                for (int64_t lane = 0; lane < vectors * LANES; lane += LANES) {
                    vec d[8], v[8];
                    for (int p = 0; p < points; p++) d[p] = load(at[p] + lane);
                    forward(points, d, v);
                    for (int p = 0; p < points; p++) store(to + p * size + lane, v[p]);
                }
            }
}

INLINE void inverse_columns(int points, const layer *l, const float *products, float *halves, int64_t vectors,
                            int64_t channels) {
    int64_t size = product_size(l);
    for (int64_t o = 0; o < channels; o++)
        for (int64_t lane = 0; lane < vectors * LANES; lane += LANES) {
            vec m[8], y[TILE];
            for (int p = 0; p < points; p++) m[p] = load(products + p * size + o * BLOCK + lane);
            inverse(points, m, y);
            for (int c = 0; c < TILE; c++) store(halves + (o * TILE + c) * BLOCK + lane, y[c]);
        }
}

INLINE void inverse_rows(int points, const layer *l, const float *halves, int64_t vectors, int64_t channels,
                         const float *bias, const map *to, float *const *out, int64_t place) {
    int64_t size = half_size(l);
    for (int64_t line = 0; line < channels * TILE; line++)
        for (int64_t lane = 0; lane < vectors * LANES; lane += LANES) {
            vec m[8], y[TILE];
            for (int p = 0; p < points; p++) m[p] = load(halves + p * size + line * BLOCK + lane);
            inverse(points, m, y);
            for (int row = 0; row < TILE; row++) {
                vec sum = y[row] + broadcast(bias[line / TILE]);
                store(out[row] + place + line * to->line + lane, l->rectify ? relu(sum) : sum);
            }
        }
}

INLINE void winograd_blocks(int points, const layer *l, int64_t tiles, const float *const *in, const map *from,
                            const map *to, float *const *out, winograd_scratch s) {
    int64_t channels = whole_fours(l->out), depth = depth_of(l);
    forward_rows(points, l, in, from, 0, 1, s.columns, 0);
    for (int64_t left = vectors_of(tiles), b = 0; left > 0; left -= VECTORS, b++) {
        int64_t n = least(left, VECTORS);
        /* One vector further than the block: its last tiles read the first columns of the next. */
        forward_rows(points, l, in, from, b * VECTORS + 1, n, s.columns, b == 0 ? 1 : VECTORS);
        for (int64_t first = 0, count; first < channels; first += count) {
            count = least(chunk_of(l), channels - first);
            for (int y = 0; y < points; y++) {
                float *inputs = s.inputs + y % inputs_held(l) * points * input_size(l);
                if (first == 0) forward_columns(points, l, s.columns + y * column_size(l), inputs, n);
                for (int x = 0; x < points; x++)
                    product(n, l->weights + ((y * points + x) * channels + first) * depth, count / FOUR, depth,
                            inputs + x * input_size(l), BLOCK, 0, 0, s.products + x * product_size(l), BLOCK);
                inverse_columns(points, l, s.products, s.halves + y * half_size(l), n, count);
            }
            inverse_rows(points, l, s.halves, n, count, l->bias + first, to, out, b * to->block + first * TILE * to->line);
        }
    }
}

static void winograd_layer(const layer *l, int64_t tiles, const float *const *in, const map *from, const map *to,
                           float *const *out, float *scratch) {
    winograd_scratch s;
    s.columns = scratch;
    s.inputs = s.columns + l->points * column_size(l);
    s.products = s.inputs + inputs_held(l) * l->points * input_size(l);
    s.halves = s.products + l->points * product_size(l);
    if (l->points == 8) winograd_blocks(8, l, tiles, in, from, to, out, s);
    else winograd_blocks(6, l, tiles, in, from, to, out, s);
}

#endif
