// One pass over all parameters of a step: AdamW (Loshchilov and Hutter 2019), in the order of PyTorch's own operations, and the
// gradients' norm.
#pragma once
#include "simd.h"

namespace kernels { namespace KERNELS_NAME {

constexpr int64_t optimizer_piece = 1 << 14;

inline int64_t pieces_of(int64_t count) { return (count + optimizer_piece - 1) / optimizer_piece; }

struct Piece { int64_t tensor, from, to; };

template <typename Count> int64_t cut(int64_t tensors, Count count, Piece*& list)
{
    int64_t n = 0;
    for (int64_t t = 0; t < tensors; t++) n += pieces_of(count(t));
    list = scratch<Piece>(0, n);
    n = 0;
    for (int64_t t = 0; t < tensors; t++)
        for (int64_t i = 0; i < count(t); i += optimizer_piece) list[n++] = {t, i, least(count(t), i + optimizer_piece)};
    return n;
}

inline void adam(const AdamTensor* tensors, int64_t count, int threads)
{
    Piece* list;
    const int64_t n = cut(count, [&](int64_t t) { return tensors[t].count; }, list);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t q = 0; q < n; q++) {
        const AdamTensor& a = tensors[list[q].tensor];
        float *p = a.p, *m = a.m, *v = a.v; const float* g = a.g;
        const float decay = a.decay, b1 = a.b1, b2 = a.b2, root2 = a.root2, eps = a.eps, size = a.size;
#pragma omp simd
        for (int64_t i = list[q].from; i < list[q].to; i++) {
            m[i] = m[i] * b1 + g[i] * (1.f - b1);
            v[i] = v[i] * b2 + (g[i] * g[i]) * (1.f - b2);
            p[i] = p[i] * decay - size * (m[i] / (__builtin_sqrtf(v[i]) / root2 + eps));
        }
    }
}

inline double square_sum(const float* const* data, const int64_t* counts, int64_t tensors, int threads)
{
    Piece* list;
    const int64_t n = cut(tensors, [&](int64_t t) { return counts[t]; }, list);
    double* sums = scratch<double>(1, n);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t q = 0; q < n; q++) {
        const float* x = data[list[q].tensor]; double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = list[q].from; i < list[q].to; i++) sum += (double)x[i] * x[i];
        sums[q] = sum;
    }
    double total = 0;
    for (int64_t q = 0; q < n; q++) total += sums[q];
    return total;
}

inline void scale(float* const* data, const int64_t* counts, int64_t tensors, float by, int threads)
{
    Piece* list;
    const int64_t n = cut(tensors, [&](int64_t t) { return counts[t]; }, list);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t q = 0; q < n; q++) {
        float* x = data[list[q].tensor];
#pragma omp simd
        for (int64_t i = list[q].from; i < list[q].to; i++) x[i] *= by;
    }
}

} }
