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

/* A ring of rows: [row of the ring][channel][4 columns of a tile][tile]. Column 4 t + c of the map lies in lane t of column
 * c, so that neighbouring tiles are neighbouring lanes. The last row holds zeros. */
typedef struct {
    float *rows;
    int64_t held, stride, row_size; /* rows of tiles held; floats from a column of tiles to the next; floats a row */
} map;

typedef struct {
    const job *what;
    map maps[MAX_LAYERS + 1];
    int64_t next[MAX_LAYERS + 1]; /* row of tiles that each map gets next */
    float *scratch;
} strip;

/* ---- layout ---- */

INLINE int64_t reach(const layer *l) { return (l->kernel - 1 + 3) / TILE; } /* tiles beyond the own that it reads */

static int64_t map_channels(const job *j, int64_t l) {
    return l == 0 ? j->layers[0].in : whole_fours(j->layers[l - 1].out);
}

static map map_layout(const job *j, int64_t l) {
    map m = {0};
    m.held = l < j->count ? 1 + reach(&j->layers[l]) : 1;
    m.stride = (j->tiles[l] + LANES - 1) / LANES * LANES + LANES; /* the last vectors may be read shifted */
    m.row_size = map_channels(j, l) * TILE * m.stride;
    return m;
}

/* Winograd's scratch; the padding keeps what is read together out of the same places of the cache. */
enum { PAD = 16, WIDE = BLOCK + LANES };
INLINE int64_t column_size(const layer *l) { return l->pieces * l->in * TILE * WIDE + PAD; }
INLINE int64_t input_size(const layer *l) { return l->pieces * l->pieces * l->in * BLOCK + PAD; }
INLINE int64_t product_size(const layer *l) { return whole_fours(l->out) * BLOCK + PAD; }
INLINE int64_t half_size(const layer *l) { return TILE * whole_fours(l->out) * BLOCK + PAD; }

static int64_t scratch_floats(const job *j) {
    int64_t floats = 0;
    for (int64_t i = 0; i < j->count; i++) {
        const layer *l = &j->layers[i];
        if (l->method == WINOGRAD)
            floats = most(floats, l->points * (column_size(l) + input_size(l) + product_size(l) + half_size(l)));
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
    vec sums[2][FOUR][VECTORS];
    for (int g = 0; g < groups; g++)
        for (int i = 0; i < FOUR; i++)
            for (int n = 0; n < vectors; n++) sums[g][i][n] = broadcast(bias ? bias[FOUR * g + i] : 0);
    for (int64_t k = 0; k < depth; k++) {
        vec x[VECTORS];
        for (int n = 0; n < vectors; n++) x[n] = load(v + k * v_stride + n * LANES);
        for (int g = 0; g < groups; g++)
            for (int i = 0; i < FOUR; i++) {
                vec weight = broadcast(u[(g * depth + k) * FOUR + i]);
                for (int n = 0; n < vectors; n++) sums[g][i][n] = fma_vec(weight, x[n], sums[g][i][n]);
            }
    }
    for (int g = 0; g < groups; g++)
        for (int i = 0; i < FOUR; i++)
            for (int n = 0; n < vectors; n++) {
                vec sum = sums[g][i][n];
                store(m + (FOUR * g + i) * m_stride + n * LANES, rectify ? relu(sum) : sum);
            }
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

/* Vectors of the next block: as many as fit, but no single one at the end if two can be had. */
INLINE int64_t block_vectors(int64_t left) { return left == 4 ? 2 : least(left, VECTORS); }

/* A layer of 1 x 1: a product with the map as it lies. */
static void product_layer(const layer *l, const float *const *in, const map *to, float *const *out) {
    int64_t fours = whole_fours(l->out) / FOUR, in_stride = TILE * to->stride;
    for (int row = 0; row < TILE; row++)
        for (int64_t left = in_stride / LANES, n, at = 0; left > 0; left -= n, at += n * LANES) {
            n = block_vectors(left);
            product(n, l->weights, fours, l->in, in[row] + at, in_stride, l->bias, l->rectify != 0, out[row] + at, in_stride);
        }
}

/* ---- by definition: for few outputs, where the transforms of the inputs would cost more than they save ---- */

INLINE void direct_row(int kernel, int vectors, const layer *l, const float *const *in, int64_t in_stride, int64_t o,
                       float *out, int64_t out_stride) {
    vec sums[TILE][VECTORS];
    for (int c = 0; c < TILE; c++)
        for (int n = 0; n < vectors; n++) sums[c][n] = broadcast(l->bias[o]);
    const float *weights = l->weights + o * l->in * kernel * kernel;
    for (int64_t i = 0; i < l->in; i++)
        for (int y = 0; y < kernel; y++, weights += kernel) {
            const float *line = in[y] + i * TILE * in_stride;
#pragma GCC unroll 16
            for (int column = 0; column < kernel + TILE - 1; column++) {
                const float *from = line + column % TILE * in_stride + column / TILE;
                vec x[VECTORS];
                for (int n = 0; n < vectors; n++) x[n] = load(from + n * LANES);
#pragma GCC unroll 4
                for (int c = 0; c < TILE; c++) {
                    if (column < c || column - c >= kernel) continue;
                    vec weight = broadcast(weights[column - c]);
                    for (int n = 0; n < vectors; n++) sums[c][n] = fma_vec(weight, x[n], sums[c][n]);
                }
            }
        }
    for (int c = 0; c < TILE; c++)
        for (int n = 0; n < vectors; n++)
            store(out + c * out_stride + n * LANES, l->rectify ? relu(sums[c][n]) : sums[c][n]);
}

INLINE void direct_rows(int kernel, int64_t vectors, const layer *l, const float *const *in, int64_t in_stride, int64_t o,
                        float *out, int64_t out_stride) {
    if (vectors == 3) direct_row(kernel, 3, l, in, in_stride, o, out, out_stride);
    else if (vectors == 2) direct_row(kernel, 2, l, in, in_stride, o, out, out_stride);
    else direct_row(kernel, 1, l, in, in_stride, o, out, out_stride);
}

static void direct_layer(const layer *l, int64_t tiles, const float *const *in, const map *from, const map *to,
                         float *const *out) {
    for (int64_t left = (tiles + LANES - 1) / LANES, n, at = 0; left > 0; left -= n, at += n * LANES) {
        n = block_vectors(left);
        for (int row = 0; row < TILE; row++) {
            const float *lines[11];
            for (int y = 0; y < l->kernel; y++) lines[y] = in[row + y] + at;
            for (int64_t o = 0; o < l->out; o++) {
                float *to_line = out[row] + o * TILE * to->stride + at;
                switch (l->kernel) { /* known to the compiler, so that it can lay out the sums */
                case 3: direct_rows(3, n, l, lines, from->stride, o, to_line, to->stride); break;
                case 5: direct_rows(5, n, l, lines, from->stride, o, to_line, to->stride); break;
                case 7: direct_rows(7, n, l, lines, from->stride, o, to_line, to->stride); break;
                case 9: direct_rows(9, n, l, lines, from->stride, o, to_line, to->stride); break;
                default: direct_rows(11, n, l, lines, from->stride, o, to_line, to->stride); break;
                }
            }
        }
    }
}

/* ---- Winograd ---- */

typedef struct {
    float *columns;  /* [points][pieces * in][4][WIDE]: transformed from row to row */
    float *inputs;   /* [points][pieces * pieces * in][BLOCK], of one row of points: transformed both ways */
    float *products; /* [points][out][BLOCK], of one row of points */
    float *halves;   /* [points][4][out][BLOCK]: transformed back from column to column */
} winograd_scratch;

/* Lanes to..to + count of the columns, from the map's lanes at..at + count. */
INLINE void forward_rows(int points, const layer *l, const float *const *in, int64_t in_stride, int64_t at, float *columns,
                         int64_t to, int64_t count) {
    int64_t size = column_size(l), piece_size = points == 8 ? 5 : 3;
    for (int64_t piece = 0; piece < l->pieces; piece++) {
        const float *const *rows = in + piece * piece_size;
        for (int64_t i = 0; i < l->in * TILE; i++) {
            float *result = columns + (piece * l->in * TILE + i) * WIDE + to;
            for (int64_t lane = 0; lane < count; lane += LANES) {
                vec d[8], v[8];
                for (int p = 0; p < points; p++) d[p] = load(rows[p] + i * in_stride + at + lane);
                forward(points, d, v);
                for (int p = 0; p < points; p++) store(result + p * size + lane, v[p]);
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

INLINE void inverse_columns(int points, const layer *l, const float *products, float *halves, int64_t vectors) {
    int64_t size = product_size(l), channels = whole_fours(l->out);
    for (int64_t o = 0; o < channels; o++)
        for (int64_t lane = 0; lane < vectors * LANES; lane += LANES) {
            vec m[8], y[TILE];
            for (int p = 0; p < points; p++) m[p] = load(products + p * size + o * BLOCK + lane);
            inverse(points, m, y);
            for (int c = 0; c < TILE; c++) store(halves + (c * channels + o) * BLOCK + lane, y[c]);
        }
}

INLINE void inverse_rows(int points, const layer *l, const float *halves, int64_t vectors, float *const *out,
                         int64_t out_stride, int64_t at) {
    int64_t size = half_size(l), channels = whole_fours(l->out);
    for (int64_t o = 0; o < channels; o++)
        for (int c = 0; c < TILE; c++)
            for (int64_t lane = 0; lane < vectors * LANES; lane += LANES) {
                vec m[8], y[TILE];
                for (int p = 0; p < points; p++) m[p] = load(halves + p * size + (c * channels + o) * BLOCK + lane);
                inverse(points, m, y);
                for (int row = 0; row < TILE; row++) {
                    vec sum = y[row] + broadcast(l->bias[o]);
                    store(out[row] + (o * TILE + c) * out_stride + at + lane, l->rectify ? relu(sum) : sum);
                }
            }
}

INLINE void winograd_blocks(int points, const layer *l, int64_t tiles, const float *const *in, const map *from,
                            const map *to, float *const *out, winograd_scratch s) {
    int64_t fours = whole_fours(l->out) / FOUR, depth = l->pieces * l->pieces * l->in;
    int64_t lines = l->pieces * l->in * TILE, shared = reach(l);
    for (int64_t left = (tiles + LANES - 1) / LANES, n, at = 0; left > 0; left -= n, at += n * LANES) {
        n = block_vectors(left);
        /* The tiles that a block reads beyond its own are the next block's first: they are computed once. */
        if (at == 0) forward_rows(points, l, in, from->stride, 0, s.columns, 0, LANES);
        forward_rows(points, l, in, from->stride, at + shared, s.columns, shared, n * LANES);
        for (int y = 0; y < points; y++) {
            forward_columns(points, l, s.columns + y * column_size(l), s.inputs, n);
            for (int x = 0; x < points; x++)
                product(n, l->weights + (y * points + x) * fours * FOUR * depth, fours, depth,
                        s.inputs + x * input_size(l), BLOCK, 0, 0, s.products + x * product_size(l), BLOCK);
            inverse_columns(points, l, s.products, s.halves + y * half_size(l), n);
        }
        inverse_rows(points, l, s.halves, n, out, to->stride, at);
        for (int p = 0; p < points; p++)
            for (int64_t line = 0; line < lines; line++) {
                float *columns = s.columns + p * column_size(l) + line * WIDE;
                for (int64_t lane = 0; lane < shared; lane++) columns[lane] = columns[n * LANES + lane];
            }
    }
}

static void winograd_layer(const layer *l, int64_t tiles, const float *const *in, const map *from, const map *to,
                           float *const *out, float *scratch) {
    winograd_scratch s = {scratch};
    s.inputs = s.columns + l->points * column_size(l);
    s.products = s.inputs + l->points * input_size(l);
    s.halves = s.products + l->points * product_size(l);
    if (l->points == 8) winograd_blocks(8, l, tiles, in, from, to, out, s);
    else winograd_blocks(6, l, tiles, in, from, to, out, s);
}

/* ---- from row to row ---- */

INLINE float *row_of(const map *m, int64_t row) { return m->rows + row % (m->held * TILE) * m->row_size; }

INLINE float *place(const map *m, float *row, int64_t channel, int64_t column) {
    return row + (channel * TILE + column % TILE) * m->stride + column / TILE;
}

/* Row of the input's map: the source with its edge repeated, or what the first layer sees beyond. */
static void read_source(const strip *s, int64_t row) {
    const job *j = s->what;
    const map *m = &s->maps[0];
    float *to = row_of(m, row);
    int64_t width = j->tiles[0] * TILE;
    int64_t first = most(j->left[0], 0), end = least(j->right[0], width);
    int zero = j->layers[0].border == ZERO;
    int64_t y = most(0, least(row - j->origin_row, j->height - 1));
    for (int64_t channel = 0; channel < j->layers[0].in; channel++) {
        const float *line = j->source + channel * j->plane_stride + y * j->row_stride;
        for (int64_t column = 0; column < width; column++) {
            int64_t x = most(0, least(column - j->origin_column, j->width - 1));
            int outside = zero && (column < first || column >= end);
            *place(m, to, channel, column) = outside ? 0 : line[x];
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
            for (int64_t column = 0; column < j->out_width; column++) to[column] = *place(m, rows[r], channel, column);
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

    const float *in[TILE + 12];
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
    else if (layer->method == DIRECT) direct_layer(layer, j->tiles[l], in, from, to, out);
    else product_layer(layer, in, to, out);
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
