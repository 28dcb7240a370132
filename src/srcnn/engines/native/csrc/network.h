/* What Python hands over: the layers of a network, and one window of a picture to run them on. Every field has 8
 * bytes (pointers too, on the 64-bit systems that there are libraries for), so the layout is the same everywhere. */
#ifndef SRCNN_NETWORK_H
#define SRCNN_NETWORK_H

#include <stdint.h>

enum { MAX_LAYERS = 8, MAX_KERNEL = 11, TILE = 4, FOUR = 4 };
enum { PRODUCT = 0, DIRECT = 1, WINOGRAD = 2 };
enum { VALID = 0, ZERO = 1, REPLICATE = 2 };

typedef struct {
    int64_t method;  /* PRODUCT: a kernel of 1; DIRECT: by definition; WINOGRAD */
    int64_t kernel;  /* side of it as computed: with the zeros that fill the last piece */
    int64_t points;  /* WINOGRAD: 6 for pieces of 3, 8 for pieces of 5 */
    int64_t pieces;  /* WINOGRAD: pieces a side */
    int64_t in, out; /* channels */
    int64_t border;  /* of its input */
    int64_t rectify; /* 1: ReLU */
    /* WINOGRAD: [points][points][fours of out][pieces * pieces * in][4]; PRODUCT: [fours of out][in][4];
     * DIRECT: [in][out][kernel][kernel] */
    const float *weights;
    const float *bias; /* as many as there are in whole fours of out */
} layer;

typedef struct {
    int64_t count;
    layer layers[MAX_LAYERS];
    /* The input: planes of height x width, what lies around it, and where it lies in the first layer's coordinates. */
    const float *source;
    int64_t height, width, row_stride, plane_stride; /* strides in floats */
    float *result;                                   /* out planes of out_height x out_width, contiguous */
    int64_t out_height, out_width;
    /* Map 0 is the input, map l what layer l returns. Its row 0 lies above row 0 of the result by the reach of the layers
     * to come, and so with columns. What the picture holds of map l are rows top[l] to bottom[l] - 1; what lies beyond
     * follows the border of the layer that reads it. */
    int64_t origin_row, origin_column; /* of the source in map 0 */
    int64_t top[MAX_LAYERS + 1], bottom[MAX_LAYERS + 1], left[MAX_LAYERS + 1], right[MAX_LAYERS + 1];
    int64_t tiles[MAX_LAYERS + 1]; /* tiles a row of each map; rows of tiles are asked for from the last map */
    int64_t tile_rows;             /* of the last map */
    int64_t workers;
    float *workspace;       /* workers times workspace_floats(job) */
    uint64_t *ranges;       /* workers times 8: rows of tiles still to do, first in the upper half */
    volatile int64_t *stop; /* not 0: return as soon as a row is done */
} job;

#endif
