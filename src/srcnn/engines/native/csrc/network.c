/* A network on a window, row of tiles by row of tiles: see "How the native engine is exact and fast" in the documentation.
 *
 * Compiled once for each instruction set; LEVEL(name) is name_avx2 and so on. There is no allocation and no thread here:
 * Python gives memory and calls `work` from as many threads as there are workers. */
#include "direct.h"
#include "share.h"
#include "winograd.h"

#define JOIN(name, level) name##_##level
#define JOINED(name, level) JOIN(name, level)
#define LEVEL(name) JOINED(name, SRCNN_LEVEL)

typedef struct {
    const job *what;
    map maps[MAX_LAYERS + 1];
    int64_t next[MAX_LAYERS + 1]; /* row of tiles that each map gets next */
    float *scratch;
} strip;

static int64_t scratch_floats(const job *j) {
    int64_t floats = 0;
    for (int64_t i = 0; i < j->count; i++) {
        const layer *l = &j->layers[i];
        if (l->method == DIRECT) floats = most(floats, direct_floats(l));
        if (l->method == WINOGRAD) floats = most(floats, winograd_floats(l));
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
