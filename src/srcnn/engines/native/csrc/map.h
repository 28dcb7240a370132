/* What layers read and write, row by row of tiles; neighbouring lanes of a vector hold neighbouring tiles. */
#ifndef SRCNN_MAP_H
#define SRCNN_MAP_H

#include "network.h"
#include "vector.h"

enum { VECTORS = 3, BLOCK = VECTORS * LANES }; /* tiles worked on at a time */

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t whole_fours(int64_t x) { return (x + 3) / FOUR * FOUR; }
INLINE int64_t vectors_of(int64_t tiles) { return (tiles + LANES - 1) / LANES; }
INLINE int64_t reach(const layer *l) { return (l->kernel - 1 + 3) / TILE; } /* tiles beyond the own that it reads */

/* A ring of rows, of which the last holds zeros. In a row column 4 t + c of a channel lies in lane t of line c, so that
 * neighbouring tiles are neighbouring lanes. Lines are cut into blocks: [block][channel][4][BLOCK], which the transforms
 * read from front to back. For a direct layer, which reads lines shifted by a tile, they are whole: [channel][4][tiles]. */
typedef struct {
    float *rows;
    int64_t held;             /* rows of tiles */
    int64_t row_size;         /* floats from a row to the next */
    int64_t block, line;      /* floats from a block to the next, and from a line to the next */
} map;

enum { PAD = 16 };

static int64_t map_channels(const job *j, int64_t l) {
    return l == 0 ? j->layers[0].in : whole_fours(j->layers[l - 1].out);
}

static map map_layout(const job *j, int64_t l) {
    map m = {0};
    m.held = l < j->count ? 1 + reach(&j->layers[l]) : 1;
    int64_t lines = map_channels(j, l) * TILE;
    int64_t blocks = (j->tiles[l] + 2 * LANES + BLOCK - 1) / BLOCK; /* vectors beyond the last may be read */
    int whole = l < j->count && j->layers[l].method == DIRECT;
    m.block = whole ? BLOCK : lines * BLOCK;
    m.line = whole ? blocks * BLOCK : BLOCK;
    m.row_size = lines * blocks * BLOCK + PAD; /* no power of two: rows must not share places of the cache */
    return m;
}

INLINE float *row_of(const map *m, int64_t row) { return m->rows + row % (m->held * TILE) * m->row_size; }

INLINE float *place(const map *m, float *row, int64_t channel, int64_t column) {
    int64_t tile = column / TILE;
    return row + tile / BLOCK * m->block + (channel * TILE + column % TILE) * m->line + tile % BLOCK;
}

#endif
