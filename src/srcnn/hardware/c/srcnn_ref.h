/* The reference in C99: the contract srcnn-fixed-1, as plain loops. */
#ifndef SRCNN_REF_H
#define SRCNN_REF_H

#include "srcnn_model.h"

#include <stddef.h>
#include <stdint.h>

/* Planes of integers: values[(channel * height + y) * width + x]. */
struct srcnn_planes {
    int channels, height, width;
    uint16_t *values;
};

/* Called after each layer (1, 2, ...) with its accumulators, in the order of the outputs. */
typedef void (*srcnn_observer)(void *context, int layer, const int64_t *acc, const struct srcnn_planes *out);

/* round(acc / 2^shift) as SRCNN_ROUNDING says, at least 0 and at most out_max. */
uint16_t srcnn_requantize(int64_t acc, int shift, int out_max);

/* Runs the network on SRCNN_CHANNELS planes of 8 bits; out gets planes of the same size. observer may be NULL.
 * Returns 0, or -1 where memory is short. */
int srcnn_run(const uint8_t *in, int height, int width, uint8_t *out, srcnn_observer observer, void *context);

#endif
