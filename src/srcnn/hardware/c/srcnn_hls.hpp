/* The network as streams for high-level synthesis: pixels in raster order in, pixels of the same frame out.
 *
 * A pipeline of stages: widen the frame by a border, then slide a window over it.
 *
 *   in -> widen(margin) -> convolve -> [widen(border)] -> convolve -> ... -> out
 *
 * Widening repeats rows and columns of one line that it keeps; a convolution keeps its last K lines, all input
 * channels of each. Loops are bounded by the frame, arrays by SRCNN_MAX_WIDTH. srcnn_top.cpp joins the stages. */
#ifndef SRCNN_HLS_HPP
#define SRCNN_HLS_HPP

#include "srcnn_model.h"
#include "srcnn_types.hpp"

typedef srcnn_pixel<SRCNN_CHANNELS, SRCNN_INPUT_BITS> srcnn_io_pixel;

/* One frame of at least 1x1 and at most SRCNN_MAX_WIDTH columns. */
void srcnn_top(hls::stream<srcnn_io_pixel> &in, hls::stream<srcnn_io_pixel> &out, int height, int width);

#ifndef __SYNTHESIS__
/* Called after each layer with the accumulators of a pixel; for testbenches, NULL otherwise. */
extern void (*srcnn_probe)(int layer, const int64_t *acc);
#endif

enum { SRCNN_ROOM = SRCNN_MAX_WIDTH + 2 * SRCNN_HALO }; /* a line with what borders add to it */

/* `amount` more on every side: the edge repeated, or zeros. */
template <int CHANNELS, int BITS>
void srcnn_widen(hls::stream<srcnn_pixel<CHANNELS, BITS>> &in, hls::stream<srcnn_pixel<CHANNELS, BITS>> &out, int height,
           int width, int amount, bool zero) {
    static srcnn_pixel<CHANNELS, BITS> line[SRCNN_ROOM];
    for (int y = 0; y < height + 2 * amount; y++) {
        /* The first line serves the rows above it too, the last line those below. */
        bool fresh = y == 0 || (y > amount && y < amount + height);
        bool inside_y = y >= amount && y < amount + height;
        if (fresh)
            for (int x = 0; x < width; x++) line[x] = in.read();
        for (int x = 0; x < width + 2 * amount; x++) {
#pragma HLS PIPELINE II = 1
            int from = x < amount ? 0 : x - amount >= width ? width - 1 : x - amount;
            bool inside = inside_y && from == x - amount;
            out.write(zero && !inside ? srcnn_pixel<CHANNELS, BITS>() : line[from]);
        }
    }
}

/* round(acc / 2^shift), at least 0 and at most the largest of OUT_BITS. */
template <int ACC_BITS, int OUT_BITS> ap_uint<OUT_BITS> srcnn_requantize(ap_int<ACC_BITS> acc, int shift) {
    if (acc <= 0) return 0;
    int64_t quotient = acc >> shift, rest = acc - (quotient << shift), half = ((int64_t)1 << shift) >> 1;
    bool up = SRCNN_ROUNDING != SRCNN_TRUNCATE && shift > 0 &&
              (rest > half || (rest == half && (SRCNN_ROUNDING == SRCNN_HALF_UP || (quotient & 1))));
    quotient += up;
    const int64_t out_max = ((int64_t)1 << OUT_BITS) - 1;
    return quotient > out_max ? out_max : quotient;
}

/* Valid cross-correlation of a frame that is already widened, to height - K + 1 by width - K + 1. */
template <int LAYER, int K, int IN, int OUT, int IN_BITS, int OUT_BITS, int ACC_BITS>
void srcnn_convolve(hls::stream<srcnn_pixel<IN, IN_BITS>> &in, hls::stream<srcnn_pixel<OUT, OUT_BITS>> &out, int height,
              int width, const srcnn_weight *weights, const int64_t *biases, const uint8_t *shifts) {
    static ap_uint<IN_BITS> lines[K][SRCNN_ROOM][IN]; /* line y is at y % K; the one being read replaces the oldest */
    ap_uint<IN_BITS> window[IN][K][K];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            srcnn_pixel<IN, IN_BITS> pixel = in.read();
            for (int i = 0; i < IN; i++) {
                lines[y % K][x][i] = pixel.channel[i];
                for (int ky = 0; ky < K; ky++) {
                    for (int kx = 0; kx + 1 < K; kx++) window[i][ky][kx] = window[i][ky][kx + 1];
                    window[i][ky][K - 1] = lines[(y + 1 + ky) % K][x][i];
                }
            }
            if (y < K - 1 || x < K - 1) continue;
            srcnn_pixel<OUT, OUT_BITS> result;
            int64_t sums[OUT];
            for (int o = 0; o < OUT; o++) {
#pragma HLS PIPELINE
                ap_int<ACC_BITS> acc = biases[o];
                for (int i = 0; i < IN; i++)
                    for (int ky = 0; ky < K; ky++)
                        for (int kx = 0; kx < K; kx++)
                            acc = acc + weights[((o * IN + i) * K + ky) * K + kx] * (int64_t)window[i][ky][kx];
                result.channel[o] = srcnn_requantize<ACC_BITS, OUT_BITS>(acc, shifts[o]);
                sums[o] = acc;
            }
#ifndef __SYNTHESIS__
            if (srcnn_probe != nullptr) srcnn_probe(LAYER, sums);
#endif
            out.write(result);
        }
}

#endif
