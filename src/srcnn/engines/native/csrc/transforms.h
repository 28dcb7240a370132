/* Winograd's transforms for 4 outputs of a kernel of 3 and of 5, in one dimension.
 *
 * With points p, M(x) = product of (x - p): row p of the forward transform holds the coefficients of M(x) / (x - p), its
 * last row those of M(x) (the point at infinity); the inverse transform weighs product p by 1, p, p^2, p^3. Points come
 * in pairs +-p, whose rows share an even and an odd part. The kernels' side of it, with the denominators, is in
 * ../transforms.py, which also proves the identities in exact fractions. */
#ifndef SRCNN_TRANSFORMS_H
#define SRCNN_TRANSFORMS_H

#include "vector.h"

/* Points 0, +-1, +-2, infinity. M(x) = x^5 - 5 x^3 + 4 x. */
INLINE void forward_6(const vec d[6], vec v[6]) {
    v[0] = scaled_add(4, d[0], scaled_add(-5, d[2], d[4]));
    vec even = scaled_add(-4, d[2], d[4]), odd = scaled_add(-4, d[1], d[3]);
    v[1] = even + odd;
    v[2] = even - odd;
    even = d[4] - d[2], odd = d[3] - d[1];
    v[3] = scaled_add(2, odd, even);
    v[4] = scaled_add(-2, odd, even);
    v[5] = scaled_add(4, d[1], scaled_add(-5, d[3], d[5]));
}

/* Points 0, +-1, +-1/2, +-2, infinity. M(x) = x^7 - 21/4 x^5 + 21/4 x^3 - x. */
INLINE void forward_8(const vec d[8], vec v[8]) {
    v[0] = scaled_add(5.25f, d[2] - d[4], d[6] - d[0]);
    vec even = scaled_add(-4.25f, d[4], d[2] + d[6]), odd = scaled_add(-4.25f, d[3], d[1] + d[5]);
    v[1] = even + odd;
    v[2] = even - odd;
    even = scaled_add(4, d[2], scaled_add(-5, d[4], d[6]));
    odd = scaled_add(4, d[1], scaled_add(-5, d[3], d[5]));
    v[3] = scaled_add(0.5f, odd, even);
    v[4] = scaled_add(-0.5f, odd, even);
    even = scaled_add(0.25f, d[2], scaled_add(-1.25f, d[4], d[6]));
    odd = scaled_add(0.25f, d[1], scaled_add(-1.25f, d[3], d[5]));
    v[5] = scaled_add(2, odd, even);
    v[6] = scaled_add(-2, odd, even);
    v[7] = scaled_add(5.25f, d[3] - d[5], d[7] - d[1]);
}

INLINE void inverse_6(const vec m[6], vec y[4]) {
    vec sum_1 = m[1] + m[2], difference_1 = m[1] - m[2];
    vec sum_2 = m[3] + m[4], difference_2 = m[3] - m[4];
    y[0] = (m[0] + sum_1) + sum_2;
    y[1] = scaled_add(2, difference_2, difference_1);
    y[2] = scaled_add(4, sum_2, sum_1);
    y[3] = scaled_add(8, difference_2, difference_1 + m[5]);
}

INLINE void inverse_8(const vec m[8], vec y[4]) {
    vec sum_1 = m[1] + m[2], difference_1 = m[1] - m[2];
    vec sum_half = m[3] + m[4], difference_half = m[3] - m[4];
    vec sum_2 = m[5] + m[6], difference_2 = m[5] - m[6];
    y[0] = (m[0] + sum_1) + (sum_half + sum_2);
    y[1] = scaled_add(0.5f, difference_half, scaled_add(2, difference_2, difference_1));
    y[2] = scaled_add(0.25f, sum_half, scaled_add(4, sum_2, sum_1));
    y[3] = scaled_add(0.125f, difference_half, scaled_add(8, difference_2, difference_1 + m[7]));
}

INLINE void forward(int points, const vec *d, vec *v) {
    if (points == 8) forward_8(d, v);
    else forward_6(d, v);
}

INLINE void inverse(int points, const vec *m, vec *y) {
    if (points == 8) inverse_8(m, y);
    else inverse_6(m, y);
}

#endif
