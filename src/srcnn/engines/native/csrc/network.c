/* A network on a window, row of tiles by row of tiles: see "How the native engine is exact and fast" in the documentation.
 *
 * Compiled once for each instruction set; LEVEL(name) is name_avx2 and so on. There is no allocation and no thread here:
 * Python gives memory and calls `work` from as many threads as there are workers. */
#include "network.h"
#include "transforms.h"

#define JOIN(name, level) name##_##level
#define JOINED(name, level) JOIN(name, level)
#define LEVEL(name) JOINED(name, SRCNN_LEVEL)

enum { VECTORS = 3, BLOCK = VECTORS * LANES }; /* tiles worked on at a time */

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t whole_fours(int64_t x) { return (x + 3) / FOUR * FOUR; }

/* A ring of rows, of which the last holds zeros. In a row column 4 t + c of a channel lies in lane t of line c, so that
 * neighbouring tiles are neighbouring lanes. Lines are cut into blocks: [block][channel][4][BLOCK], which the transforms
 * read from front to back. For a direct layer, which reads lines shifted by a tile, they are whole: [channel][4][tiles]. */
typedef struct {
    float *rows;
    int64_t held;             /* rows of tiles */
    int64_t row_size;         /* floats from a row to the next */
    int64_t block, line;      /* floats from a block to the next, and from a line to the next */
} map;

typedef struct {
    const job *what;
    map maps[MAX_LAYERS + 1];
    int64_t next[MAX_LAYERS + 1]; /* row of tiles that each map gets next */
    float *scratch;
} strip;

/* ---- layout ---- */

enum { PAD = 16 };

INLINE int64_t reach(const layer *l) { return (l->kernel - 1 + 3) / TILE; } /* tiles beyond the own that it reads */

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

static int64_t scratch_floats(const job *j) {
    int64_t floats = 0;
    for (int64_t i = 0; i < j->count; i++) {
        const layer *l = &j->layers[i];
        if (l->method == DIRECT) floats = most(floats, l->out * TILE * TILE * 2 * LANES);
        if (l->method == WINOGRAD)
            floats = most(floats, l->points * (column_size(l) + inputs_held(l) * input_size(l) + product_size(l) + half_size(l)));
    }
    return floats;
}

int64_t LEVEL(workspace_floats)(const job *j) {
    int64_t floats = scratch_floats(j) + PAD;
    for (int64_t l = 0; l <= j->count; l++) {
        map m = map_layout(j, l);
        floats += (m.held * TILE + 1) * m.row_size + PAD;
    }
    return floats;
}

static strip make_strip(const job *j, int64_t worker) {
    strip s = {.what = j};
    float *free = j->workspace + worker * LEVEL(workspace_floats)(j);
    s.scratch = free;
    free += scratch_floats(j) + PAD;
    for (int64_t l = 0; l <= j->count; l++) {
        s.maps[l] = map_layout(j, l);
        s.maps[l].rows = free;
        float *zeros = free + s.maps[l].held * TILE * s.maps[l].row_size;
        for (int64_t i = 0; i < s.maps[l].row_size; i++) zeros[i] = 0;
        free = zeros + s.maps[l].row_size + PAD;
    }
    return s;
}

/* ---- products ---- */

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

INLINE int64_t vectors_of(int64_t tiles) { return (tiles + LANES - 1) / LANES; }

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

/* ---- by definition: for few outputs, where the transforms of the inputs would cost more than they save ---- */

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

/* ---- Winograd ---- */

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

/* ---- from row to row ---- */

INLINE float *row_of(const map *m, int64_t row) { return m->rows + row % (m->held * TILE) * m->row_size; }

INLINE float *place(const map *m, float *row, int64_t channel, int64_t column) {
    int64_t tile = column / TILE;
    return row + tile / BLOCK * m->block + (channel * TILE + column % TILE) * m->line + tile % BLOCK;
}

/* Row of the input's map: the source with its edge repeated, or what the first layer sees beyond. */
static void read_source(const strip *s, int64_t row) {
    const job *j = s->what;
    const map *m = &s->maps[0];
    float *to = row_of(m, row);
    int64_t width = j->tiles[0] * TILE, first = most(j->left[0], 0), end = least(j->right[0], width);
    int64_t y = most(0, least(row - j->origin_row, j->height - 1));
    for (int64_t channel = 0; channel < j->layers[0].in; channel++) {
        const float *line = j->source + channel * j->plane_stride + y * j->row_stride;
        for (int64_t column = 0, next; column < width; column = next) {
            next = column + TILE;
            float *tile = place(m, to, channel, column);
            int64_t x = column - j->origin_column;
            if (x >= 0 && next - j->origin_column <= j->width) {
                for (int c = 0; c < TILE; c++) tile[c * m->line] = line[x + c];
                continue;
            }
            for (int c = 0; c < TILE; c++, x++) {
                int outside = column + c < first || column + c >= end;
                float edge = line[most(0, least(x, j->width - 1))];
                tile[c * m->line] = outside && j->layers[0].border == ZERO ? 0 : edge;
            }
        }
    }
}

/* Columns of a map's row that lie outside of the picture, for the layer that reads it. */
static void fill_columns(const strip *s, int64_t l, float *row) {
    const job *j = s->what;
    const map *m = &s->maps[l];
    int64_t border = l < j->count ? j->layers[l].border : VALID;
    int64_t width = j->tiles[l] * TILE, first = most(j->left[l], 0), end = least(j->right[l], width);
    if (border == VALID) return;
    for (int64_t channel = 0; channel < j->layers[l - 1].out; channel++) {
        float left = border == ZERO ? 0 : *place(m, row, channel, first);
        float right = border == ZERO ? 0 : *place(m, row, channel, end - 1);
        for (int64_t column = 0; column < first; column++) *place(m, row, channel, column) = left;
        for (int64_t column = end; column < width; column++) *place(m, row, channel, column) = right;
    }
}

static void write_result(const strip *s, int64_t tile_row, float *const *rows) {
    const job *j = s->what;
    const map *m = &s->maps[j->count];
    for (int64_t channel = 0; channel < j->layers[j->count - 1].out; channel++)
        for (int64_t r = 0; r < least(TILE, j->out_height - tile_row * TILE); r++) {
            float *to = j->result + (channel * j->out_height + tile_row * TILE + r) * j->out_width;
            for (int64_t column = 0; column < j->out_width; column += TILE) {
                const float *tile = place(m, rows[r], channel, column);
                for (int64_t c = 0; c < least(TILE, j->out_width - column); c++) to[column + c] = tile[c * m->line];
            }
        }
}

static void compute(strip *s, int64_t l, int64_t tile_row);

/* Everything of map l up to a row of tiles. */
static void require(strip *s, int64_t l, int64_t tile_row) {
    for (; s->next[l] <= tile_row; s->next[l]++) {
        if (l == 0)
            for (int64_t r = 0; r < TILE; r++) read_source(s, s->next[0] * TILE + r);
        else compute(s, l, s->next[l]);
    }
}

static void compute(strip *s, int64_t l, int64_t tile_row) {
    const job *j = s->what;
    const layer *layer = &j->layers[l - 1];
    const map *from = &s->maps[l - 1], *to = &s->maps[l];
    require(s, l - 1, tile_row + reach(layer));

    const float *in[2 * TILE + MAX_KERNEL];
    int64_t start = tile_row * TILE, end = start + from->held * TILE;
    for (int64_t r = 0; r < from->held * TILE; r++) {
        int64_t row = start + r, first = j->top[l - 1], last = j->bottom[l - 1] - 1;
        int outside = layer->border != VALID && (row < first || row > last);
        if (outside && layer->border == ZERO) in[r] = from->rows + from->held * TILE * from->row_size;
        else if (outside) in[r] = row_of(from, most(start, least(row < first ? first : last, end - 1)));
        else in[r] = row_of(from, row);
    }
    float *out[TILE];
    for (int64_t r = 0; r < TILE; r++) out[r] = row_of(to, start + r);

    if (layer->method == WINOGRAD) winograd_layer(layer, j->tiles[l], in, from, to, out, s->scratch);
    else if (layer->method == DIRECT) direct_layer(layer, j->tiles[l], in, to, from->line, out, s->scratch);
    else product_layer(layer, j->tiles[l], in, from, to, out);
    for (int64_t r = 0; r < TILE; r++) fill_columns(s, l, out[r]);
    if (l == j->count) write_result(s, tile_row, out);
}

/* ---- the rows of a window among workers ---- */

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

void LEVEL(work)(const job *j, int64_t worker) {
    strip s = make_strip(j, worker);
    uint64_t *own = &j->ranges[8 * worker];
    int64_t expected = -1;
    do {
        for (int64_t row; !*j->stop && (row = take(own)) >= 0; expected = row + 1) {
            if (row != expected)
                for (int64_t l = 0; l <= j->count; l++) s.next[l] = row;
            require(&s, j->count, row);
        }
    } while (!*j->stop && steal(j, own));
}
