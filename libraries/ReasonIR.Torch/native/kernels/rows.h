// Kernels over rows: norms, gates, rotary positions, dropout, sums over rows. Each row is done by one thread, and sums over rows go by
// chunks of row_chunk, so that no result depends on the number of threads.
#pragma once
#include "activations.h"

namespace kernels { namespace KERNELS_NAME {

inline int team(int threads, int64_t work) { return work < 20000 ? 1 : threads; }

/// sums[j] = the sum over chunks of partial[chunk, j].
template <typename C> void sum_chunks(const C* partial, int64_t chunks, int64_t width, C* sums)
{
    for (int64_t j = 0; j < width; j++) sums[j] = 0;
    for (int64_t c = 0; c < chunks; c++)
#pragma omp simd
        for (int64_t j = 0; j < width; j++) sums[j] += partial[c * width + j];
}

template <typename T> void dropout_of(const T* x, const T* residual, T* y, int64_t count, int64_t width, double p, int64_t seed, int threads)
{
    typedef wide<T> C;
    const uint32_t limit = threshold(p); const C keep = C(1.0 / (1.0 - p));
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t i = 0; i < (count + width - 1) / width; i++) {
        const int64_t at = i * width, n = least(width, count - at); const uint32_t key = key_of(seed, i);
        if (residual)
#pragma omp simd
            for (int64_t j = 0; j < n; j++) put(y, at + j, (bits(key, (uint32_t)j) >= limit ? get(x, at + j) * keep : C(0)) + get(residual, at + j));
        else
#pragma omp simd
            for (int64_t j = 0; j < n; j++) put(y, at + j, bits(key, (uint32_t)j) >= limit ? get(x, at + j) * keep : C(0));
    }
}

template <typename T, typename W> void rms_norm_of(const T* x, const W* weight, double eps, double offset, T* y, wide<T>* inverse, int64_t rows, int64_t width, int threads)
{
    typedef wide<T> C;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t i = 0; i < rows; i++) {
        const T* a = x + i * width; T* b = y + i * width; C sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < width; j++) sum += get(a, j) * get(a, j);
        const C r = C(1.0 / __builtin_sqrt((double)sum / width + eps)), shift = C(offset);
        inverse[i] = r;
#pragma omp simd
        for (int64_t j = 0; j < width; j++) put(b, j, get(a, j) * r * (shift + (C)get(weight, j)));
    }
}

template <typename T, typename W> void rms_norm_backward_of(const T* x, const W* weight, double offset, const wide<T>* inverse, const T* dy, T* dx, wide<T>* dweight, int64_t rows, int64_t width, int threads)
{
    typedef wide<T> C;
    const int64_t chunks = (rows + row_chunk - 1) / row_chunk; const C shift = C(offset);
    C* partial = scratch<C>(0, chunks * width);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t c = 0; c < chunks; c++) {
        C* sums = partial + c * width;
        for (int64_t j = 0; j < width; j++) sums[j] = 0;
        for (int64_t i = c * row_chunk; i < least(rows, (c + 1) * row_chunk); i++) {
            const T *a = x + i * width, *g = dy + i * width; T* d = dx + i * width; C dot = 0; const C r = inverse[i];
#pragma omp simd reduction(+ : dot)
            for (int64_t j = 0; j < width; j++) dot += get(g, j) * (shift + (C)get(weight, j)) * get(a, j);
            const C by = dot * r * r * r / C(width);
#pragma omp simd
            for (int64_t j = 0; j < width; j++) {
                const C v = get(a, j), go = get(g, j);
                sums[j] += go * v * r;
                put(d, j, go * (shift + (C)get(weight, j)) * r - v * by);
            }
        }
    }
    sum_chunks(partial, chunks, width, dweight);
}

template <typename T, typename W> void layer_norm_of(const T* x, const T* residual, double p, int64_t seed, const W* weight, const W* bias, double eps,
                                                     T* sum, T* y, wide<T>* statistics, int64_t rows, int64_t width, int threads)
{
    typedef wide<T> C;
    const uint32_t limit = threshold(p); const C keep = C(1.0 / (1.0 - p));
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t i = 0; i < rows; i++) {
        const T* a = x + i * width; T* b = y + i * width;
        if (residual) {
            const T* r = residual + i * width; T* s = sum + i * width;
            if (p > 0) {
                const uint32_t key = key_of(seed, i);
#pragma omp simd
                for (int64_t j = 0; j < width; j++) put(s, j, (bits(key, (uint32_t)j) >= limit ? get(a, j) * keep : C(0)) + get(r, j));
            } else
#pragma omp simd
                for (int64_t j = 0; j < width; j++) put(s, j, get(a, j) + get(r, j));
            a = s;
        }
        C total = 0, squares = 0;
#pragma omp simd reduction(+ : total)
        for (int64_t j = 0; j < width; j++) total += get(a, j);
        const C mean = total / C(width);
#pragma omp simd reduction(+ : squares)
        for (int64_t j = 0; j < width; j++) squares += (get(a, j) - mean) * (get(a, j) - mean);
        const C r = C(1.0 / __builtin_sqrt((double)squares / width + eps));
        statistics[2 * i] = mean; statistics[2 * i + 1] = r;
        if (bias)
#pragma omp simd
            for (int64_t j = 0; j < width; j++) put(b, j, (get(a, j) - mean) * r * (C)get(weight, j) + (C)get(bias, j));
        else
#pragma omp simd
            for (int64_t j = 0; j < width; j++) put(b, j, (get(a, j) - mean) * r * (C)get(weight, j));
    }
}

template <typename T, typename W> void layer_norm_backward_of(const T* x, const W* weight, const wide<T>* statistics, const T* dy, T* dx, wide<T>* dweight, wide<T>* dbias, int64_t rows, int64_t width, int threads)
{
    typedef wide<T> C;
    const int64_t chunks = (rows + row_chunk - 1) / row_chunk;
    C *partial = scratch<C>(0, 2 * chunks * width), *shifts = partial + chunks * width;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t c = 0; c < chunks; c++) {
        C *sums = partial + c * width, *shift = shifts + c * width;
        for (int64_t j = 0; j < width; j++) sums[j] = shift[j] = 0;
        for (int64_t i = c * row_chunk; i < least(rows, (c + 1) * row_chunk); i++) {
            const T *a = x + i * width, *g = dy + i * width; T* d = dx + i * width;
            const C mean = statistics[2 * i], r = statistics[2 * i + 1]; C dot = 0, total = 0;
#pragma omp simd reduction(+ : dot, total)
            for (int64_t j = 0; j < width; j++) { const C gw = get(g, j) * (C)get(weight, j); dot += gw * (get(a, j) - mean); total += gw; }
            const C by = dot * r * r / C(width), level = total / C(width);
#pragma omp simd
            for (int64_t j = 0; j < width; j++) {
                const C v = get(a, j) - mean, go = get(g, j);
                sums[j] += go * v * r; shift[j] += go;
                put(d, j, (go * (C)get(weight, j) - level - v * by) * r);
            }
        }
    }
    sum_chunks(partial, chunks, width, dweight);
    if (dbias) sum_chunks(shifts, chunks, width, dbias);
}

template <typename T> void rotary_of(const T* x, int64_t token, int64_t head, const float* cos, const float* sin, wide<T> sign, T* y, int64_t tokens, int64_t heads, int64_t turned, int64_t width, int threads)
{
    typedef wide<T> C;
    const int64_t half = width / 2;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t t = 0; t < tokens; t++) {
        const float *c = cos + t * half, *s = sin + t * half;
        for (int64_t h = 0; h < heads; h++) {
            const T* a = x + t * token + h * head; T* b = y + (t * heads + h) * width;
            if (h >= turned) {
                __builtin_memcpy(b, a, width * sizeof(T));
                continue;
            }
#pragma omp simd
            for (int64_t j = 0; j < half; j++) {
                const C u = get(a, j), v = get(a, half + j), cj = C(c[j]), sj = sign * C(s[j]);
                put(b, j, u * cj - v * sj);
                put(b, half + j, v * cj + u * sj);
            }
        }
    }
}

template <typename T, Activation A> void gated_of(const T* x, T* y, int64_t rows, int64_t n, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t i = 0; i < rows; i++) activation_many<A>(x + 2 * i * n, x + 2 * i * n + n, y + i * n, n);
}

template <typename T, Activation A> void gated_backward_of(const T* x, const T* dy, T* dx, int64_t rows, int64_t n, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t i = 0; i < rows; i++) activation_gradient_many<A>(x + 2 * i * n, x + 2 * i * n + n, dy + i * n, dx + 2 * i * n, dx + 2 * i * n + n, n);
}

template <typename T, Activation A> void activation_of(const T* x, const T* dy, T* y, int64_t count, int threads)
{
    constexpr int64_t piece = 4096;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t i = 0; i < count; i += piece) {
        const int64_t n = least(count - i, piece);
        if (dy) activation_gradient_many<A>(x + i, (const T*)nullptr, dy + i, y + i, (T*)nullptr, n);
        else activation_many<A>(x + i, (const T*)nullptr, y + i, n);
    }
}

template <typename T> void column_sums_of(const T* x, int64_t rows, int64_t width, int64_t ld, wide<T>* y, int threads)
{
    typedef wide<T> C;
    const int64_t chunks = (rows + row_chunk - 1) / row_chunk;
    C* partial = scratch<C>(0, chunks * width);
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int64_t c = 0; c < chunks; c++) {
        C* sums = partial + c * width;
        for (int64_t j = 0; j < width; j++) sums[j] = 0;
        for (int64_t i = c * row_chunk; i < least(rows, (c + 1) * row_chunk); i++)
#pragma omp simd
            for (int64_t j = 0; j < width; j++) sums[j] += get(x + i * ld, j);
    }
    sum_chunks(partial, chunks, width, y);
}

template <typename T> void scatter_rows_of(const int64_t* ids, const T* rows, int64_t count, int64_t width, float* gradient, int64_t vocabulary, int threads)
{
    // A thread owns some rows of the gradient and adds to them in the order of the tokens.
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int part = 0; part < threads; part++)
        for (int64_t i = 0; i < count; i++)
            if (ids[i] % threads == part) {
                const T* x = rows + i * width; float* y = gradient + ids[i] * width;
#pragma omp simd
                for (int64_t j = 0; j < width; j++) y[j] += (float)get(x, j);
            }
}

} }
