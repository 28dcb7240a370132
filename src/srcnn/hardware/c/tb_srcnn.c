/* Compares the reference with the golden vectors, every accumulator and output of every layer.
 *
 * tb_srcnn FRAMES [OUTPUT]: FRAMES has lines NAME WIDTH HEIGHT LAYERS; run in the folder that holds vectors/.
 * OUTPUT gets what the network makes of the frames: 8-bit planes, frame after frame.
 * Exit code 0 where all are equal. */
#include "srcnn_ref.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 20, NAME = 100, PATH = NAME + 40 };

struct frame {
    char name[NAME];
    int width, height, layers;
    long mismatches;
};

/* What follows the header of a .npy file; ends the program where it cannot be read. */
static uint8_t *read_npy(const char *name, const char *what, size_t bytes) {
    char path[PATH + 20];
    snprintf(path, sizeof path, "vectors/%s/%s.npy", name, what);
    FILE *file = fopen(path, "rb");
    uint8_t head[10], *values = (uint8_t *)malloc(bytes);
    if (file == NULL || values == NULL || fread(head, 1, sizeof head, file) != sizeof head ||
        fseek(file, 10L + head[8] + 256L * head[9], SEEK_SET) != 0 || fread(values, 1, bytes, file) != bytes) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    fclose(file);
    return values;
}

static uint64_t little_endian(const uint8_t *bytes, int size) {
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

static void report(struct frame *frame, int layer, const struct srcnn_planes *planes, size_t place,
                   const char *what, uint64_t got, uint64_t want) {
    size_t row = (size_t)planes->width, plane = row * (size_t)planes->height;
    if (frame->mismatches++ < SHOWN)
        printf("mismatch layer %d channel %zu y %zu x %zu %s got %" PRIx64 " want %" PRIx64 " frame %s\n", layer,
               place / plane, place % plane / row, place % row, what, got, want, frame->name);
}

static void compare(void *context, int layer, const int64_t *acc, const struct srcnn_planes *out) {
    struct frame *frame = (struct frame *)context;
    char what[32];
    size_t values = (size_t)out->channels * (size_t)out->height * (size_t)out->width;
    uint8_t *want_acc = NULL, *want_out = NULL;
    if (frame->layers) {
        snprintf(what, sizeof what, "conv%d_acc", layer);
        want_acc = read_npy(frame->name, what, 8 * values);
    }
    if (frame->layers || layer == SRCNN_LAYERS) {
        snprintf(what, sizeof what, "conv%d_out", layer);
        want_out = read_npy(frame->name, what, 2 * values);
    }
    for (size_t i = 0; i < values; i++) {
        if (want_acc != NULL && (uint64_t)acc[i] != little_endian(want_acc + 8 * i, 8))
            report(frame, layer, out, i, "acc", (uint64_t)acc[i], little_endian(want_acc + 8 * i, 8));
        if (want_out != NULL && out->values[i] != little_endian(want_out + 2 * i, 2))
            report(frame, layer, out, i, "out", out->values[i], little_endian(want_out + 2 * i, 2));
    }
    free(want_acc);
    free(want_out);
}

int main(int argc, char **argv) {
    FILE *frames = argc > 1 ? fopen(argv[1], "r") : NULL, *output = argc > 2 ? fopen(argv[2], "wb") : NULL;
    struct frame frame;
    long mismatches = 0;
    if (frames == NULL || (argc > 2 && output == NULL)) {
        fprintf(stderr, "usage: tb_srcnn FRAMES [OUTPUT]\n");
        return 2;
    }
    while (fscanf(frames, "%99s %d %d %d", frame.name, &frame.width, &frame.height, &frame.layers) == 4) {
        size_t values = (size_t)SRCNN_CHANNELS * (size_t)frame.width * (size_t)frame.height;
        uint8_t *in = read_npy(frame.name, "input", values), *out = (uint8_t *)malloc(values);
        frame.mismatches = 0;
        if (out == NULL || srcnn_run(in, frame.height, frame.width, out, compare, &frame) != 0) {
            fprintf(stderr, "out of memory\n");
            return 2;
        }
        if (output != NULL && fwrite(out, 1, values, output) != values) return 2;
        mismatches += frame.mismatches;
        free(in);
        free(out);
    }
    fclose(frames);
    if (output != NULL && fclose(output) != 0) return 2;
    if (mismatches) printf("FAIL %ld mismatches\n", mismatches);
    else printf("PASS\n");
    return mismatches != 0;
}
