// Products of bf16 activations and constant weights in 16-bit block fixed point, for CPUs with AVX512-VNNI and without a product of
// bf16: vpdpwssd adds two int16 products to an int32, twice the multiply-adds of an f32 instruction (docs/decisions/fixed-point-products.md).
//
// A row of activations has one scale for each block of the depth, a power of two: |a| <= 255 * 2^6 = 16320 (the 8 significant bits of
// bf16, the largest element's leading bit at 2^13), so elements down to 1/128 of the largest are held exactly. A column of weights has one for
// each block, such that the sum of its |b| is at most weight_sum. So no sum, whatever the activations, exceeds 16320 * 131072 < 2^31 - 1
// within a block; blocks are added up in f32. Elements below 2^-114 count as zero.
#pragma once
#include "product.h"

#if defined(__AVX512F__)
namespace kernels { namespace KERNELS_NAME {

constexpr int64_t pairs_most = 224, fixed_stride = pairs_most + 16; // the depth of a block, and from one packed row to the next, in pairs
constexpr float weight_sum = 131072;

/// A matrix of weights, n columns of k, as the product reads it: [blocks][panels][pairs][columns] pairs of int16, [blocks][columns] scales.
struct FixedLayout {
    int64_t columns; Pieces blocks;
    FixedLayout(int64_t n, int64_t k) : columns(padded<float>(n)), blocks(0, (k + 1) / 2, pairs_most) {}
    int64_t elements() const { return blocks.length * columns; }
    int64_t bytes() const { return 4 * (elements() + blocks.count * columns); }
    /// The panel of column j (a multiple of the panel's width) in a block.
    int64_t panel(int64_t block, int64_t j) const { return blocks.start(block) * columns + (blocks.start(block + 1) - blocks.start(block)) * j; }
};

inline int64_t fixed_bytes(int64_t n, int64_t k) { return FixedLayout(n, k).bytes(); }

inline V16 whole(const float* x, int64_t j, int64_t n) { return load(x + j, rest(n - j)); }
inline V16 whole(const Half* x, int64_t j, int64_t n) { return load(x + j, rest(n - j)); }
inline void store_whole(int16_t* y, V16 v) { _mm256_storeu_si256((__m256i*)y, _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(v))); }

/// One column's elements of a block as integers, zeros behind up to a multiple of 16; returns the scale, or NaN where one is not finite.
template <typename T> float fix_weights(const T* w, int64_t n, int16_t* y)
{
    V16 sums = set(0), top = set(0);
    for (int64_t p = 0; p < n; p += 16) {
        const V16 v = _mm512_abs_ps(whole(w, p, n));
        sums += v; top = _mm512_max_ps(top, v);
    }
    const float sum = _mm512_reduce_add_ps(sums);
    if (!(sum < __builtin_inff())) return __builtin_nanf("");
    // Rounding adds at most 1/2 to each; what is left of 2^31, a 256th, covers the rounding of these sums.
    const float scale = most(most(sum / (weight_sum - 0.5f * (float)n), _mm512_reduce_max_ps(top) / 32767), 0x1p-112f);
    for (int64_t p = 0; p < n; p += 16) store_whole(y + p, whole(w, p, n) / set(scale));
    return scale;
}

/// False: there are weights that are no finite numbers.
template <typename T> bool fix_matrix(const T* w, int64_t row, int64_t n, int64_t k, void* packed, int threads)
{
    const FixedLayout f(n, k);
    constexpr int64_t W = panel<float>();
    float *data = (float*)packed, *scales = data + f.elements(); // pairs are moved as if they were floats
    int wrong = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(| : wrong) if (threads > 1)
    for (int64_t j0 = 0; j0 < n; j0 += W) {
        const int64_t count = least(W, n - j0), width = padded<float>(count);
        int16_t* rows = scratch<int16_t>(slot_rows, W * 2 * fixed_stride);
        for (int64_t q = 0; q < f.blocks.count; q++) {
            const int64_t p0 = 2 * f.blocks.start(q), pairs = f.blocks.start(q + 1) - f.blocks.start(q), length = least(2 * pairs, k - p0), ld = 2 * fixed_stride;
            for (int64_t j = 0; j < count; j++) {
                const float scale = fix_weights(w + (j0 + j) * row + p0, length, rows + j * ld);
                wrong |= scale != scale;
                scales[q * f.columns + j0 + j] = scale;
            }
            for (int64_t j = count; j < width; j++) scales[q * f.columns + j0 + j] = 0;
            turn<float, float>((const float*)rows, ld / 2, count, pairs, data + f.panel(q, j0), width);
        }
    }
    return !wrong;
}

inline bool fix(const void* w, Type type, int64_t row, int64_t n, int64_t k, void* packed, int threads)
{
    return type == bf16 ? fix_matrix((const Half*)w, row, n, k, packed, threads) : fix_matrix((const float*)w, row, n, k, packed, threads);
}

/// A row's n elements of a block as integers, zeros behind up to a multiple of 32; returns the scale, or -1 where one is not finite.
inline float fix_row(const Half* x, int64_t n, int16_t* y)
{
    const __m512i magnitude = _mm512_set1_epi16(0x7FFF);
    __m512i top = _mm512_setzero_si512();
    auto mask = [&](int64_t p) { return n - p >= 32 ? (__mmask32)0xFFFFFFFF : (__mmask32)((1u << (n - p)) - 1); };
    for (int64_t p = 0; p < n; p += 32) top = _mm512_max_epu16(top, _mm512_and_si512(_mm512_maskz_loadu_epi16(mask(p), x + p), magnitude));
    const uint32_t most_bits = _mm512_reduce_max_epu32(_mm512_max_epu32(_mm512_and_si512(top, _mm512_set1_epi32(0xFFFF)), _mm512_srli_epi32(top, 16)));
    if (most_bits >= 0x7F80) {
        for (int64_t p = 0; p < n; p += 32) _mm512_storeu_si512(y + p, _mm512_setzero_si512());
        return -1;
    }
    const uint32_t exponent = most<uint32_t>(most_bits >> 7, 27);
    const V16 by = set(__builtin_bit_cast(float, (267 - exponent) << 23)); // 2^13 over the largest element's power of two
    for (int64_t p = 0; p < n; p += 32) {
        const __m512i both = _mm512_maskz_loadu_epi16(mask(p), x + p);
        const V16 a = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(both)), 16));
        const V16 b = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(both, 1)), 16));
        store_whole(y + p, a * by); store_whole(y + p + 16, b * by);
    }
    return __builtin_bit_cast(float, (exponent - 13) << 23);
}

/// sums[R, NV vectors] = the sums over pairs of a[R] b. By itself, in a loop that is not unrolled and with a stride that is known: GCC 12
/// keeps the sums in registers only so.
template <int R, int NV>
__attribute__((noinline, target("avx512vnni"))) void pair_sums(int64_t pairs, const int32_t* a, const int32_t* b, __m512i* sums)
{
    __m512i s[R][NV];
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < NV; j++) s[i][j] = _mm512_setzero_si512();
#pragma GCC unroll 1
    for (int64_t p = 0; p < pairs; p++, a++, b += NV * 16) {
        __m512i w[NV];
#pragma GCC unroll 4
        for (int j = 0; j < NV; j++) w[j] = _mm512_loadu_si512(b + j * 16);
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) {
            const __m512i x = _mm512_set1_epi32(a[i * fixed_stride]);
#pragma GCC unroll 4
            for (int j = 0; j < NV; j++) s[i][j] = _mm512_dpwssd_epi32(s[i][j], w[j], x);
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < NV; j++) sums[i * NV + j] = s[i][j];
}

/// c[R, NV vectors] (+)= the sums over pairs of a[R] b, by both scales.
template <int R, int NV>
void fixed_tile(int64_t pairs, const int32_t* a, const int32_t* b, const float* rows, const float* columns, float* c, int64_t ldc, bool accumulate)
{
    __m512i sums[R * NV];
    pair_sums<R, NV>(pairs, a, b, sums);
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < NV; j++) {
            float* out = c + i * ldc + j * 16;
            const V16 v = _mm512_cvtepi32_ps(sums[i * NV + j]) * _mm512_loadu_ps(columns + j * 16) * set(rows[i]);
            _mm512_storeu_ps(out, accumulate ? v + _mm512_loadu_ps(out) : v);
        }
}

inline void fixed_tile_of(int rows, int vectors, int64_t pairs, const int32_t* a, const int32_t* b, const float* row, const float* column, float* c, int64_t ldc, bool accumulate)
{
#define ROWS(R) \
    case R: \
        if (vectors == 3) fixed_tile<R, 3>(pairs, a, b, row, column, c, ldc, accumulate); \
        else if (vectors == 2) fixed_tile<R, 2>(pairs, a, b, row, column, c, ldc, accumulate); \
        else fixed_tile<R, 1>(pairs, a, b, row, column, c, ldc, accumulate); \
        break;
    switch (rows) { ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) }
#undef ROWS
}

/// A product whose b is there as fixed point too. Rows that are not finite are computed from b itself.
inline void fixed_product(const Product& s)
{
    constexpr int64_t W = panel<float>();
    const FixedLayout layout(s.n, s.k);
    const int32_t* data = (const int32_t*)s.fixed; const float* scales = (const float*)(data + layout.elements());
    const Pieces tiles(0, s.m, tile_rows), &depth = layout.blocks;
    const int64_t deepest = (depth.length + depth.count - 1) / depth.count, panel_count = (s.n + W - 1) / W;
    // Items of about 800 kB of b and some tiles of a: fewer where threads would go without.
    const int64_t chunk = least<int64_t>(most<int64_t>(1, 200000 / deepest / W), most<int64_t>(1, panel_count * tiles.count / (3 * s.threads)));
    const Pieces strips(0, panel_count, chunk);
    int64_t tall = 16;
    while (tall > 1 && tiles.count / tall * strips.count < 3 * s.threads) tall--;
    const Pieces groups(0, tiles.count, tall);
    const int64_t wide = (panel_count + strips.count - 1) / strips.count * W;
    uint8_t* odd = scratch<uint8_t>(slot_flags, s.m);
    for (int64_t i = 0; i < s.m; i++) odd[i] = 0;
    bool any = false;
#pragma omp parallel for num_threads(s.threads) schedule(dynamic) reduction(|| : any) if (s.threads > 1)
    for (int64_t item = 0; item < groups.count * strips.count; item++) {
        const int64_t j0 = strips.start(item / groups.count) * W, j1 = least(s.n, strips.start(item / groups.count + 1) * W);
        const int64_t first = groups.start(item % groups.count), last = groups.start(item % groups.count + 1), i0 = tiles.start(first);
        // Sums of one tile where a block is the whole depth.
        float* sums = scratch<float>(slot_block, (depth.count == 1 ? 1 : tall) * tile_rows * wide);
        int32_t* rows = scratch<int32_t>(slot_rows, tile_rows * fixed_stride);
        for (int64_t q = 0; q < depth.count; q++) {
            const int64_t p0 = 2 * depth.start(q), pairs = depth.start(q + 1) - depth.start(q), length = least(2 * pairs, s.k - p0);
            for (int64_t t = first; t < last; t++) {
                const int64_t i = tiles.start(t); const int r = (int)(tiles.start(t + 1) - i);
                float scale[tile_rows];
                for (int u = 0; u < r; u++) {
                    scale[u] = fix_row((const Half*)s.a + (i + u) * s.a_row + p0, length, (int16_t*)(rows + u * fixed_stride));
                    if (scale[u] < 0) { any = true; __atomic_store_n(odd + i + u, 1, __ATOMIC_RELAXED); }
                }
                float* out = depth.count == 1 ? sums : sums + (i - i0) * wide;
                for (int64_t j = j0; j < j1; j += W)
                    fixed_tile_of(r, (int)(padded<float>(least(W, s.n - j)) / 16), pairs, rows, data + layout.panel(q, j), scale, scales + q * layout.columns + j, out + (j - j0), wide, q > 0);
                if (q == depth.count - 1) finish(s.finish, out, wide, i, r, j0, j1 - j0);
            }
        }
    }
    if (!any) return;
    for (int64_t i = 0; i < s.m; i++)
        if (odd[i]) {
            Product row = s;
            row.m = 1; row.threads = 1; row.fixed = nullptr; row.a = (const Half*)s.a + i * s.a_row;
            row.finish.out = (Half*)s.finish.out + i * s.finish.ld;
            if (s.finish.residual) row.finish.residual = (const Half*)s.finish.residual + i * s.finish.ld;
            if (s.b_type == bf16) product_of<float, Half, Half>(row); else product_of<float, Half, float>(row);
        }
}

/// Multiply-adds of registers alone, as many as it returns: what the products can be compared with.
inline int64_t fixed_peak(int64_t steps)
{
    __m512i s[8], x = _mm512_set1_epi32(0x00010001);
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) s[i] = _mm512_set1_epi32(i);
    for (int64_t n = 0; n < steps; n++)
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) __asm__ volatile("vpdpwssd %1, %1, %0" : "+v"(s[i]) : "v"(x));
    return steps * 8 * 32;
}

} }
#endif
