/* Compares the HLS code with the golden vectors: accumulators of every layer, and the output.
 *
 * tb_hls FRAMES [OUTPUT]: as tb_srcnn. Frames run one after the other through the same static memories. */
#include "srcnn_hls.hpp"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

const int SHOWN = 20;
std::vector<int64_t> sums[SRCNN_LAYERS]; /* pixel by pixel, all channels of each */
long mismatches = 0;

void keep(int layer, const int64_t *acc) {
    sums[layer - 1].insert(sums[layer - 1].end(), acc, acc + srcnn_layers[layer - 1].out_channels);
}

/* What follows the header of a .npy file. */
std::vector<uint8_t> read_npy(const std::string &name, const std::string &what) {
    std::string path = "vectors/" + name + "/" + what + ".npy";
    std::ifstream file(path, std::ios::binary);
    std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (bytes.size() < 10 || bytes.size() < 10u + bytes[8] + 256u * bytes[9]) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        std::exit(2);
    }
    bytes.erase(bytes.begin(), bytes.begin() + 10 + bytes[8] + 256 * bytes[9]);
    return bytes;
}

int64_t little_endian(const uint8_t *bytes, int size) {
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return static_cast<int64_t>(value);
}

void compare(const std::string &frame, int layer, size_t channels, size_t row, const char *what,
             const std::vector<int64_t> &got, const std::vector<uint8_t> &want, int size) {
    if (want.size() != got.size() * static_cast<size_t>(size)) {
        std::printf("mismatch layer %d %s: %zu values, want %zu frame %s\n", layer, what, got.size(),
                    want.size() / static_cast<size_t>(size), frame.c_str());
        mismatches++;
        return;
    }
    size_t plane = got.size() / channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < plane; i++) {
            int64_t value = got[i * channels + c];
            int64_t golden = little_endian(&want[(c * plane + i) * static_cast<size_t>(size)], size);
            if (value != golden && mismatches++ < SHOWN)
                std::printf("mismatch layer %d channel %zu y %zu x %zu %s got %" PRIx64 " want %" PRIx64 " frame %s\n",
                            layer, c, i / row, i % row, what, static_cast<uint64_t>(value),
                            static_cast<uint64_t>(golden), frame.c_str());
        }
}

void run(const std::string &frame, int height, int width, bool layers, std::ofstream &output) {
    hls::stream<srcnn_io_pixel> in, out;
    std::vector<uint8_t> planes = read_npy(frame, "input");
    size_t plane = static_cast<size_t>(height) * static_cast<size_t>(width);
    for (size_t i = 0; i < plane; i++) {
        srcnn_io_pixel pixel;
        for (size_t c = 0; c < SRCNN_CHANNELS; c++) pixel.channel[c] = planes[c * plane + i];
        in.write(pixel);
    }
    for (auto &kept : sums) kept.clear();
    srcnn_top(in, out, height, width);
    std::vector<int64_t> result;
    for (size_t i = 0; i < plane; i++) {
        srcnn_io_pixel pixel = out.read();
        for (size_t c = 0; c < SRCNN_CHANNELS; c++) result.push_back(pixel.channel[c]);
    }
    int extra = 2 * SRCNN_INPUT_MARGIN;
    for (int layer = 1; layer <= SRCNN_LAYERS; layer++) {
        if (srcnn_layers[layer - 1].border == SRCNN_VALID) extra -= srcnn_layers[layer - 1].kernel - 1;
        size_t channels = static_cast<size_t>(srcnn_layers[layer - 1].out_channels);
        size_t row = static_cast<size_t>(width + extra);
        std::string number = std::to_string(layer);
        if (layers) compare(frame, layer, channels, row, "acc", sums[layer - 1], read_npy(frame, "conv" + number + "_acc"), 8);
        if (layer == SRCNN_LAYERS) compare(frame, layer, channels, row, "out", result, read_npy(frame, "conv" + number + "_out"), 2);
    }
    for (size_t c = 0; c < SRCNN_CHANNELS && output.is_open(); c++)
        for (size_t i = 0; i < plane; i++) output.put(static_cast<char>(result[i * SRCNN_CHANNELS + c]));
}

} // namespace

int main(int argc, char **argv) {
    std::ifstream frames(argc > 1 ? argv[1] : "");
    std::ofstream output;
    if (argc > 2) output.open(argv[2], std::ios::binary);
    if (!frames || (argc > 2 && !output)) {
        std::fprintf(stderr, "usage: tb_hls FRAMES [OUTPUT]\n");
        return 2;
    }
    std::string name;
    int width, height, layers;
    srcnn_probe = keep;
    while (frames >> name >> width >> height >> layers) run(name, height, width, layers != 0, output);
    if (mismatches) std::printf("FAIL %ld mismatches\n", mismatches);
    else std::printf("PASS\n");
    return mismatches != 0;
}
