/* Integers of N bits and streams: the vendor's where its tool compiles, otherwise enough of them for any C++14
 * compiler. Values wrap to their width here as they do in hardware, so a width that is too small shows. */
#ifndef SRCNN_TYPES_HPP
#define SRCNN_TYPES_HPP

#if defined(__SYNTHESIS__) || defined(SRCNN_VENDOR_HEADERS)

#include <ap_int.h>
#include <hls_stream.h>

#else

#include <cstdint>
#include <queue>

template <int BITS> class ap_int {
  public:
    ap_int(std::int64_t value = 0)
        : value_(static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << (64 - BITS)) >> (64 - BITS)) {}
    operator std::int64_t() const { return value_; }

  private:
    std::int64_t value_;
};

template <int BITS> class ap_uint {
  public:
    ap_uint(std::int64_t value = 0) : value_(static_cast<std::uint64_t>(value) & ((UINT64_C(1) << BITS) - 1)) {}
    operator std::int64_t() const { return static_cast<std::int64_t>(value_); }

  private:
    std::uint64_t value_;
};

namespace hls {
template <typename T> class stream {
  public:
    explicit stream(const char *name = "") { (void)name; }
    T read() {
        T value = values_.front();
        values_.pop();
        return value;
    }
    void write(const T &value) { values_.push(value); }

  private:
    std::queue<T> values_;
};
} // namespace hls

#endif

/* One pixel: a value for each channel. */
template <int CHANNELS, int BITS> struct srcnn_pixel {
    ap_uint<BITS> channel[CHANNELS];
};

#endif
