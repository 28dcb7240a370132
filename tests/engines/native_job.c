/* Runs one job of the native engine on one level of instructions, without Python: under sanitizers, or as a program of
 * another processor. Standard input: the job's structure, the number of floats of each layer's weights and bias, of the
 * source and of the result, then the floats; standard output: the result's floats. */
#include <stdio.h>
#include <stdlib.h>

#include "network.h"

int64_t srcnn_levels(void);
int64_t srcnn_level_runs(int64_t number);
int64_t srcnn_workspace_floats(int64_t number, const job *j);
void srcnn_work(int64_t number, const job *j, int64_t worker);

static void get(void *to, size_t size) {
    if (fread(to, 1, size, stdin) != size) exit(2);
}

static float *get_floats(int64_t count) {
    float *floats = malloc(count * sizeof *floats);
    if (!floats) exit(2);
    get(floats, count * sizeof *floats);
    return floats;
}

int main(int argc, char **argv) {
    int64_t level = argc > 1 ? atoi(argv[1]) : 0, counts[2 * MAX_LAYERS + 2], stop = 0;
    job j;
    if (level >= srcnn_levels() || !srcnn_level_runs(level)) return 3;
    get(&j, sizeof j);
    get(counts, (2 * j.count + 2) * sizeof *counts);
    for (int64_t l = 0; l < j.count; l++) {
        j.layers[l].weights = get_floats(counts[2 * l]);
        j.layers[l].bias = get_floats(counts[2 * l + 1]);
    }
    j.source = get_floats(counts[2 * j.count]);
    j.result = malloc(counts[2 * j.count + 1] * sizeof(float));
    uint64_t ranges[8] = {(uint64_t)j.tile_rows};
    j.workers = 1;
    j.ranges = ranges;
    j.stop = &stop;
    int64_t floats = srcnn_workspace_floats(level, &j);
    j.workspace = aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64);
    if (!j.result || !j.workspace) return 2;
    /* Not a number: what is read before it is written shows. */
    for (int64_t i = 0; i < floats; i++) j.workspace[i] = __builtin_nanf("");
    srcnn_work(level, &j, 0);
    fwrite(j.result, sizeof(float), counts[2 * j.count + 1], stdout);
    for (int64_t l = 0; l < j.count; l++) {
        free((void *)j.layers[l].weights);
        free((void *)j.layers[l].bias);
    }
    free((void *)j.source);
    free(j.result);
    free(j.workspace);
    return 0;
}
