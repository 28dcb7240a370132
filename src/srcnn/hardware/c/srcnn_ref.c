#include "srcnn_ref.h"

#include <stdlib.h>

static int clamp(int value, int limit) {
    return value < 0 ? 0 : value >= limit ? limit - 1 : value;
}

static size_t count(const struct srcnn_planes *planes) {
    return (size_t)planes->channels * (size_t)planes->height * (size_t)planes->width;
}

static size_t at(const struct srcnn_planes *planes, int channel, int y, int x) {
    return ((size_t)channel * (size_t)planes->height + (size_t)y) * (size_t)planes->width + (size_t)x;
}

/* A copy with `amount` more on every side: the edge repeated, or zeros. */
static int pad(const struct srcnn_planes *in, int amount, int zero, struct srcnn_planes *out) {
    out->channels = in->channels;
    out->height = in->height + 2 * amount;
    out->width = in->width + 2 * amount;
    out->values = (uint16_t *)malloc(count(out) * sizeof *out->values);
    if (out->values == NULL) return -1;
    for (int c = 0; c < out->channels; c++)
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++) {
                int from_y = clamp(y - amount, in->height), from_x = clamp(x - amount, in->width);
                int outside = from_y != y - amount || from_x != x - amount;
                out->values[at(out, c, y, x)] = outside && zero ? 0 : in->values[at(in, c, from_y, from_x)];
            }
    return 0;
}

uint16_t srcnn_requantize(int64_t acc, int shift, int out_max) {
    /* Negative sums become 0 whatever the rounding, so none is ever shifted. */
    if (acc <= 0) return 0;
    int64_t quotient = acc >> shift, rest = acc - (quotient << shift), half = ((int64_t)1 << shift) >> 1;
#if SRCNN_ROUNDING == SRCNN_HALF_EVEN
    if (shift > 0 && (rest > half || (rest == half && (quotient & 1)))) quotient++;
#elif SRCNN_ROUNDING == SRCNN_HALF_UP
    if (shift > 0 && rest >= half) quotient++;
#else
    (void)rest, (void)half;
#endif
    return (uint16_t)(quotient > out_max ? out_max : quotient);
}

/* Valid cross-correlation of planes that are already padded, and its outputs. */
static void convolve(const struct srcnn_layer *layer, const struct srcnn_planes *in, int64_t *acc,
                     struct srcnn_planes *out) {
    int k = layer->kernel;
    for (int o = 0; o < out->channels; o++)
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++) {
                const srcnn_weight *weight = layer->weights + (size_t)o * (size_t)(in->channels * k * k);
                int64_t sum = layer->biases[o];
                for (int i = 0; i < in->channels; i++)
                    for (int ky = 0; ky < k; ky++) {
                        const uint16_t *row = in->values + at(in, i, y + ky, x);
                        for (int kx = 0; kx < k; kx++) sum += (int64_t)*weight++ * row[kx];
                    }
                acc[at(out, o, y, x)] = sum;
                out->values[at(out, o, y, x)] = srcnn_requantize(sum, layer->shifts[o], layer->out_max);
            }
}

/* One layer, its own border included. Frees what `planes` held and puts the outputs there. */
static int run_layer(int number, struct srcnn_planes *planes, srcnn_observer observer, void *context) {
    const struct srcnn_layer *layer = &srcnn_layers[number - 1];
    struct srcnn_planes padded, out = {layer->out_channels, 0, 0, NULL};
    int amount = layer->border == SRCNN_VALID ? 0 : layer->kernel / 2;
    int failed = pad(planes, amount, layer->border == SRCNN_ZERO, &padded);
    free(planes->values);
    planes->values = NULL;
    if (failed) return -1;
    out.height = padded.height - layer->kernel + 1;
    out.width = padded.width - layer->kernel + 1;
    out.values = (uint16_t *)malloc(count(&out) * sizeof *out.values);
    int64_t *acc = (int64_t *)malloc(count(&out) * sizeof *acc);
    failed = out.values == NULL || acc == NULL;
    if (!failed) convolve(layer, &padded, acc, &out);
    if (!failed && observer != NULL) observer(context, number, acc, &out);
    free(acc);
    free(padded.values);
    *planes = out;
    return failed ? -1 : 0;
}

int srcnn_run(const uint8_t *in, int height, int width, uint8_t *out, srcnn_observer observer, void *context) {
    struct srcnn_planes input = {SRCNN_CHANNELS, height, width, NULL}, planes;
    input.values = (uint16_t *)malloc(count(&input) * sizeof *input.values);
    if (input.values == NULL) return -1;
    for (size_t i = 0; i < count(&input); i++) input.values[i] = in[i];
    /* What the layers that pad nothing take away is added once. */
    int failed = pad(&input, SRCNN_INPUT_MARGIN, 0, &planes);
    free(input.values);
    for (int number = 1; number <= SRCNN_LAYERS && !failed; number++)
        failed = run_layer(number, &planes, observer, context);
    for (size_t i = 0; !failed && i < count(&planes); i++) out[i] = (uint8_t)planes.values[i];
    if (planes.values != NULL) free(planes.values);
    return failed ? -1 : 0;
}
