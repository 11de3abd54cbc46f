// Matrix products with packed operands and register tiles (Goto and van de Geijn 2008), and what follows a product (bias,
// activation, residual) while its tile is still in the first-level cache.
#pragma once
#include "activations.h"

namespace kernels { namespace KERNELS_NAME {

/// A tile is up to tile_rows x (tile_vectors vectors): with 32 registers 27 sums, 3 of b, 1 of a. The shape needs few loads for
/// each multiplication: 12 for 27, where 14 x 2 needs 16 for 28 and reached 10 points less of the peak.
constexpr int tile_vectors = 3, tile_rows = registers == 32 ? 9 : 4;

/// c[R, NV vectors] (+)= a[R, k] b[k, NV vectors]; b packed. a(i, p) is a[i * lda + p], or a[p * lda + i] where A is transposed.
template <typename C, int R, int NV, bool Transposed>
__attribute__((noinline)) void tile(int64_t k, const C* a, int64_t lda, const C* b, C* c, int64_t ldc, bool accumulate)
{
    typedef typename Lanes<C>::vector V;
    typedef typename Lanes<C>::loose U;
    constexpr int L = Lanes<C>::count;
    V s[R][NV];
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < NV; j++) s[i][j] = accumulate ? (V)*(const U*)(c + i * ldc + j * L) : V{};
#pragma GCC unroll 4
    for (int64_t p = 0; p < k; p++) {
        V w[NV];
#pragma GCC unroll 4
        for (int j = 0; j < NV; j++) w[j] = *(const U*)(b + j * L);
        b += NV * L;
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) {
            C x = Transposed ? a[p * lda + i] : a[i * lda + p];
#pragma GCC unroll 4
            for (int j = 0; j < NV; j++) s[i][j] += x * w[j];
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 4
        for (int j = 0; j < NV; j++) *(U*)(c + i * ldc + j * L) = s[i][j];
}

template <typename C, bool Transposed>
void tile_of(int rows, int vectors, int64_t k, const C* a, int64_t lda, const C* b, C* c, int64_t ldc, bool accumulate)
{
#define ROWS(R) \
    case R: \
        if (vectors == 3) tile<C, R, 3, Transposed>(k, a, lda, b, c, ldc, accumulate); \
        else if (vectors == 2) tile<C, R, 2, Transposed>(k, a, lda, b, c, ldc, accumulate); \
        else tile<C, R, 1, Transposed>(k, a, lda, b, c, ldc, accumulate); \
        break;
    switch (rows) {
        ROWS(1) ROWS(2) ROWS(3) ROWS(4)
#if defined(__AVX512F__)
        ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9)
#endif
    }
#undef ROWS
}

/// A range cut into pieces of at most `most` that differ by one at the utmost.
struct Pieces {
    int64_t from, length, count;
    Pieces(int64_t from, int64_t length, int64_t most) : from(from), length(length), count((length + most - 1) / most) {}
    int64_t start(int64_t i) const { return from + length * i / count; }
};

template <typename C> inline int64_t padded(int64_t n) { return (n + Lanes<C>::count - 1) / Lanes<C>::count * Lanes<C>::count; }
template <typename C> constexpr int64_t panel() { return tile_vectors * Lanes<C>::count; }

/// L vectors of L elements, transposed: each of the log2(L) rounds interleaves vectors half the block apart.
template <typename C> inline void transpose_block(typename Lanes<C>::vector* v)
{
    typedef typename Lanes<C>::vector V;
    typedef typename Lanes<C>::index I;
    constexpr int L = Lanes<C>::count;
#if defined(__AVX512F__)
    // The same by shuffles that need no indices: pairs, quadruples, then halves of the lanes of four.
    if constexpr (sizeof(C) == 4) {
        __m512 a[16], b[16];
#pragma GCC unroll 8
        for (int i = 0; i < 16; i += 2) { a[i] = _mm512_unpacklo_ps(v[i], v[i + 1]); a[i + 1] = _mm512_unpackhi_ps(v[i], v[i + 1]); }
#pragma GCC unroll 4
        for (int i = 0; i < 16; i += 4)
#pragma GCC unroll 2
            for (int h = 0; h < 2; h++) {
                b[i + 2 * h] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a[i + h]), _mm512_castps_pd(a[i + h + 2])));
                b[i + 2 * h + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a[i + h]), _mm512_castps_pd(a[i + h + 2])));
            }
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            __m512 x = _mm512_shuffle_f32x4(b[i], b[i + 4], 0x88), y = _mm512_shuffle_f32x4(b[i + 8], b[i + 12], 0x88);
            __m512 z = _mm512_shuffle_f32x4(b[i], b[i + 4], 0xDD), w = _mm512_shuffle_f32x4(b[i + 8], b[i + 12], 0xDD);
            v[i] = _mm512_shuffle_f32x4(x, y, 0x88); v[i + 8] = _mm512_shuffle_f32x4(x, y, 0xDD);
            v[i + 4] = _mm512_shuffle_f32x4(z, w, 0x88); v[i + 12] = _mm512_shuffle_f32x4(z, w, 0xDD);
        }
        return;
    }
#endif
    I low, high;
#pragma GCC unroll 16
    for (int i = 0; i < L; i++) { low[i] = i / 2 + i % 2 * L; high[i] = L / 2 + i / 2 + i % 2 * L; }
#pragma GCC unroll 4
    for (int round = 1; round < L; round *= 2) {
        V w[L];
#pragma GCC unroll 16
        for (int i = 0; i < L / 2; i++) { w[2 * i] = __builtin_shuffle(v[i], v[i + L / 2], low); w[2 * i + 1] = __builtin_shuffle(v[i], v[i + L / 2], high); }
#pragma GCC unroll 16
        for (int i = 0; i < L; i++) v[i] = w[i];
    }
}

template <typename C> inline typename Lanes<C>::vector read(const C* x) { return *(const typename Lanes<C>::loose*)x; }
template <typename C> inline typename Lanes<C>::vector read(const Half* x)
{
    typedef uint16_t H __attribute__((vector_size(vector_bytes / 2), aligned(2), may_alias));
    typedef uint32_t W __attribute__((vector_size(vector_bytes)));
    return (typename Lanes<C>::vector)(__builtin_convertvector(*(const H*)x, W) << 16);
}

/// y[j * ldy + i] = x[i * ldx + j] for rows x columns of x; rows up to the next full vector are zeros.
template <typename C, typename T> void turn(const T* x, int64_t ldx, int64_t rows, int64_t columns, C* y, int64_t ldy)
{
    typedef typename Lanes<C>::vector V;
    typedef typename Lanes<C>::loose U;
    constexpr int L = Lanes<C>::count;
    for (int64_t i = 0; i < rows; i += L)
        for (int64_t j = 0; j < columns; j += L) {
            V v[L];
            const int64_t n = least<int64_t>(L, columns - j);
            if (i + L <= rows && n == L)
#pragma GCC unroll 16
                for (int r = 0; r < L; r++) v[r] = read<C>(x + (i + r) * ldx + j);
            else
                for (int r = 0; r < L; r++) {
                    v[r] = V{};
                    if (i + r < rows) for (int64_t q = 0; q < n; q++) v[r][q] = get(x + (i + r) * ldx, j + q);
                }
            transpose_block<C>(v);
            if (n == L)
#pragma GCC unroll 16
                for (int q = 0; q < L; q++) *(U*)(y + (j + q) * ldy + i) = v[q];
            else
                for (int64_t q = 0; q < n; q++) *(U*)(y + (j + q) * ldy + i) = v[q];
        }
}

/// One row of b into a panel's row of `width` elements, zeros behind.
template <typename C, typename T> inline void copy_row(const T* x, C* y, int64_t count, int64_t width)
{
    typedef typename Lanes<C>::loose U;
    constexpr int L = Lanes<C>::count;
    if (count == width)
        for (int64_t j = 0; j < width; j += L) *(U*)(y + j) = read<C>(x + j);
    else {
        for (int64_t j = 0; j < count; j++) y[j] = get(x, j);
        for (int64_t j = count; j < width; j++) y[j] = 0;
    }
}

/// Columns of b, k x count, into a panel of rows of `width` elements, zeros behind.
template <typename C, typename T>
void pack_panel(const T* b, int64_t row, int64_t column, int64_t k, int64_t count, C* y, int64_t width)
{
    if (column == 1) for (int64_t p = 0; p < k; p++) copy_row<C>(b + p * row, y + p * width, count, width);
    else turn<C>(b, column, count, k, y, width);
}

/// The sums x [rows, columns] of the place (i, j) become what Finish says.
template <typename C, typename T, Activation A>
__attribute__((noinline)) void finish_block(const Finish& f, C* x, int64_t ldx, int64_t i, int64_t rows, int64_t j, int64_t columns)
{
    const uint32_t limit = threshold(f.dropout); const C keep = C(1.0 / (1.0 - f.dropout));
    for (int64_t r = 0; r < rows; r++, x += ldx) {
        const int64_t at = (i + r) * f.ld + j;
        T* out = (T*)f.out + at;
        const T *slope = f.slope ? (const T*)f.slope + at : nullptr, *residual = f.residual ? (const T*)f.residual + at : nullptr;
        T* before = f.before && A != none ? (T*)f.before + at : nullptr;
#if defined(__AVX512F__)
        if constexpr (sizeof(C) == 4)
            if (f.dropout == 0 && f.bias_type != f64) {
                const float* wide_bias = f.bias && f.bias_type == f32 ? (const float*)f.bias + j : nullptr;
                const Half* narrow_bias = f.bias && f.bias_type == bf16 ? (const Half*)f.bias + j : nullptr;
                for (int64_t q = 0; q < columns; q += 16) {
                    const __mmask16 m = rest(columns - q);
                    V16 v = _mm512_loadu_ps(x + q);
                    if (wide_bias) v += load(wide_bias + q, m);
                    if (narrow_bias) v += load(narrow_bias + q, m);
                    if (slope) v *= slope_of<A>(load(slope + q, m));
                    else if (A != none) {
                        if (before) store(before + q, m, v);
                        v = activate<A>(v);
                    }
                    if (residual) v += load(residual + q, m);
                    if (f.accumulate) v += load(out + q, m);
                    store(out + q, m, v);
                }
                continue;
            }
#endif
        if (f.bias) {
            if (f.bias_type == bf16) { const Half* b = (const Half*)f.bias + j; for (int64_t q = 0; q < columns; q++) x[q] += get(b, q); }
            else if (f.bias_type == f32) { const float* b = (const float*)f.bias + j; for (int64_t q = 0; q < columns; q++) x[q] += b[q]; }
            else { const double* b = (const double*)f.bias + j; for (int64_t q = 0; q < columns; q++) x[q] += C(b[q]); }
        }
        if (slope) slope_many<A>(x, slope, columns);
        else if (A != none) activate_many<A>(x, before, columns);
        if (f.dropout > 0) mask_row(x, columns, keep, key_of(f.seed, i + r), limit, j);
        if (residual)
#pragma omp simd
            for (int64_t q = 0; q < columns; q++) x[q] += get(residual, q);
        if (f.accumulate)
#pragma omp simd
            for (int64_t q = 0; q < columns; q++) put(out, q, get(out, q) + x[q]);
        else
#pragma omp simd
            for (int64_t q = 0; q < columns; q++) put(out, q, x[q]);
    }
}

template <typename C> void finish(const Finish& f, C* x, int64_t ldx, int64_t i, int64_t rows, int64_t j, int64_t columns)
{
    KERNELS_BY_ACTIVATION(f.act, A, {
        if constexpr (sizeof(C) == 8) finish_block<C, double, A>(f, x, ldx, i, rows, j, columns);
        else if (f.type == bf16) finish_block<C, Half, A>(f, x, ldx, i, rows, j, columns);
        else finish_block<C, float, A>(f, x, ldx, i, rows, j, columns);
    })
}

/// Length of a block of p: a panel of b of that length and some panels of a stay in the caches.
inline Pieces blocks_of(int64_t k) { return Pieces(0, k, 448); }

/// Rows of A as the tiles want them: in place, converted into scratch memory, or from the packed transpose.
template <typename C, typename TA> struct Rows {
    const TA* a; int64_t row;
    C* packed;

    /// The tile's rows i.. over p0..p0+k, and their stride.
    const C* at(int64_t i, int rows, int64_t p0, int64_t k, int64_t& lda) const
    {
        if (sizeof(C) == sizeof(TA)) { lda = row; return (const C*)a + i * row + p0; }
        typedef typename Lanes<C>::loose U;
        constexpr int L = Lanes<C>::count;
        lda = k + L;
        for (int r = 0; r < rows; r++) {
            const TA* x = a + (i + r) * row + p0; C* y = packed + r * lda; int64_t p = 0;
            for (; p + L <= k; p += L) *(U*)(y + p) = read<C>(x + p);
            for (; p < k; p++) y[p] = get(x, p);
        }
        return packed;
    }
};

/// Columns of a transposed A (m elements in each of k rows) into [tiles][k][rows of the tile]. Copies go by whole vectors: what is too
/// much of one is overwritten by the next, but for the last of a piece.
template <typename C, typename T> void pack_turned(const T* a, int64_t column, int64_t p0, int64_t p1, const Pieces& tiles, int64_t m, int64_t k, C* y)
{
    typedef typename Lanes<C>::loose U;
    constexpr int L = Lanes<C>::count;
    constexpr int64_t group = 16, ahead = 6; // rows are far apart: the processor does not foresee them
    for (int64_t from = 0; from < tiles.count; from += group) {
        const int64_t count = least(group, tiles.count - from);
        int64_t start[group + 1];
        for (int64_t t = 0; t <= count; t++) start[t] = tiles.start(from + t);
        for (int64_t p = p0; p < p1; p++) {
            const T* x = a + p * column;
            if (p + ahead < p1) for (int64_t i = start[0]; i < start[count]; i += 64 / (int64_t)sizeof(T)) __builtin_prefetch(x + ahead * column + i);
            for (int64_t t = 0; t < count; t++) {
                const int64_t i = start[t], rows = start[t + 1] - i;
                C* out = y + i * k + p * rows;
                if (rows <= L && p + 2 < p1 && i + L <= m) *(U*)out = read<C>(x + i);
                else for (int64_t r = 0; r < rows; r++) out[r] = get(x, i + r);
            }
        }
    }
}

constexpr int slot_panels = 0, slot_block = 1, slot_rows = 2, slot_turned = 3, slot_columns = 4, slot_sums = 5, slot_flags = 6;

/// A part of a product: rows m0..m0+m and columns n0..n0+n of the result, whose operands s describes. Where swapped, they changed
/// places, so that the sums of a block are those of the result's transpose.
template <typename C, typename TA, typename TB>
void multiply(const Product& s, int64_t m0, int64_t m, int64_t n0, int64_t n, bool swapped)
{
    constexpr int64_t W = panel<C>(), L = Lanes<C>::count, sweep = 64;
    const Finish& f = s.finish;
    const TA* a = (const TA*)s.a + m0 * s.a_row; const TB* b = (const TB*)s.b + n0 * s.b_col;
    const bool turned = s.a_col != 1, direct = !swapped && f.type == (sizeof(C) == 8 ? f64 : f32) && !f.bias && f.act == none && f.dropout == 0 && !f.residual && n % L == 0;
    // Where A is transposed (a weight's gradient, summed over many tokens), both operands are packed slab by slab, each read once.
    const Pieces slabs = turned ? blocks_of(s.k) : Pieces(0, s.k, s.k);
    const int64_t deepest = (s.k + slabs.count - 1) / slabs.count, panel_count = (n + W - 1) / W, across = panel_count * W;
    const Pieces tiles(0, m, tile_rows);
    C* panels = scratch<C>(slot_panels, padded<C>(n) * deepest + L);
    C* columns = turned ? scratch<C>(slot_columns, m * deepest + L) : nullptr;
    C* sums = !direct && slabs.count > 1 ? scratch<C>(slot_sums, m * across) : nullptr;
    // Items of about 600 kB of b and some tiles of a: fewer tiles where threads would go without.
    const int64_t chunk = most<int64_t>(1, (int64_t)(600000 / sizeof(C)) / least<int64_t>(448, deepest) / W);
    const Pieces strips(0, panel_count, swapped ? panel_count : chunk);
    int64_t tall = swapped ? 24 : 16;
    while (tall > 1 && tiles.count / tall * strips.count < 3 * s.threads) tall--;
    const Pieces groups(0, tiles.count, tall);
    const int64_t wide = (panel_count + strips.count - 1) / strips.count * W, high = tall * tile_rows;
#pragma omp parallel num_threads(s.threads) if (s.threads > 1)
    for (int64_t slab = 0; slab < slabs.count; slab++) {
        const int64_t from = slabs.start(slab), k = slabs.start(slab + 1) - from, sweeps = (k + sweep - 1) / sweep;
        const Pieces depth = blocks_of(k);
        if (s.b_col == 1) {
#pragma omp for schedule(static) nowait
            for (int64_t q = 0; q < sweeps; q++)
                for (int64_t i = 0; i < panel_count; i++) {
                    const int64_t j = i * W, count = least(W, n - j), p = q * sweep;
                    pack_panel<C, TB>(b + (from + p) * s.b_row + j, s.b_row, 1, least(sweep, k - p), count, panels + j * k + p * padded<C>(count), padded<C>(count));
                }
        } else {
#pragma omp for schedule(static) nowait
            for (int64_t i = 0; i < panel_count; i++) {
                const int64_t j = i * W, count = least(W, n - j);
                pack_panel<C, TB>(b + from * s.b_row + j * s.b_col, s.b_row, s.b_col, k, count, panels + j * k, padded<C>(count));
            }
        }
        if (turned) {
#pragma omp for schedule(static) nowait
            for (int64_t q = 0; q < sweeps; q++) pack_turned<C>(a + from * s.a_col, s.a_col, q * sweep, least(k, (q + 1) * sweep), tiles, m, k, columns);
        }
#pragma omp barrier
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < groups.count * strips.count; item++) {
            const int64_t j0 = strips.start(item / groups.count) * W, j1 = least(n, strips.start(item / groups.count + 1) * W);
            const int64_t first = groups.start(item % groups.count), last = groups.start(item % groups.count + 1), i0 = tiles.start(first);
            C* block = direct || sums ? nullptr : scratch<C>(slot_block, high * wide);
            const Rows<C, TA> rows{a, s.a_row, turned ? nullptr : scratch<C>(slot_rows, tile_rows * (448 + 2 * L))};
            const int64_t ldc = direct ? f.ld : sums ? across : wide;
            for (int64_t q = 0; q < depth.count; q++) {
                const int64_t p0 = depth.start(q), length = depth.start(q + 1) - p0;
                const bool add = slab > 0 || q > 0 || (direct && f.accumulate);
                for (int64_t t = first; t < last; t++) {
                    const int64_t i = tiles.start(t); const int r = (int)(tiles.start(t + 1) - i);
                    int64_t lda = r; const C* x = turned ? columns + i * k + p0 * r : rows.at(i, r, p0, length, lda);
                    C* out = direct ? (C*)f.out + (m0 + i) * f.ld + n0 + j0 : sums ? sums + i * across + j0 : block + (i - i0) * wide;
                    for (int64_t j = j0; j < j1; j += W) {
                        const int64_t width = padded<C>(least(W, n - j)); const int vectors = (int)(width / L);
                        if (turned) tile_of<C, true>(r, vectors, length, x, lda, panels + j * k + p0 * width, out + (j - j0), ldc, add);
                        else tile_of<C, false>(r, vectors, length, x, lda, panels + j * k + p0 * width, out + (j - j0), ldc, add);
                    }
                    if (!direct && !swapped && slab == slabs.count - 1 && q == depth.count - 1) finish(f, out, ldc, m0 + i, r, n0 + j0, j1 - j0);
                }
            }
            if (swapped) {
                const int64_t count = tiles.start(last) - i0;
                C* y = scratch<C>(slot_turned, n * (high + L));
                turn<C>(block, wide, count, n, y, high + L);
                finish(f, y, high + L, 0, n, i0, count);
            }
        }
    }
}

/// Elements of an operand that are packed at a time.
constexpr int64_t packed_most = 16 << 20;

template <typename C, typename TA, typename TB> void product_of(const Product& s)
{
    if (s.m == 0 || s.n == 0) return;
    if (s.k == 0) {
        C zeros[64];
        for (int64_t i = 0; i < s.m; i++)
            for (int64_t j = 0; j < s.n; j += 64) {
                for (C& z : zeros) z = 0;
                finish(s.finish, zeros, 0, i, 1, j, least<int64_t>(64, s.n - j));
            }
        return;
    }
    // Few rows against a matrix whose rows lie along p: packing it would cost more than the product.
    if (s.m <= 96 && s.b_row == 1 && s.a_col == 1 && s.n > s.m) {
        Product turned = s;
        turned.m = s.n; turned.n = s.m;
        turned.a = s.b; turned.a_row = s.b_col; turned.a_col = s.b_row;
        turned.b = s.a; turned.b_row = s.a_col; turned.b_col = s.a_row;
        multiply<C, TB, TA>(turned, 0, turned.m, 0, turned.n, true);
        return;
    }
    const int64_t columns = most<int64_t>(panel<C>(), packed_most / (s.a_col == 1 ? s.k : 448) / panel<C>() * panel<C>()), rows = s.a_col == 1 ? s.m : most<int64_t>(tile_rows, packed_most / 448);
    for (int64_t n = 0; n < s.n; n += columns)
        for (int64_t m = 0; m < s.m; m += rows)
            multiply<C, TA, TB>(s, m, least(rows, s.m - m), n, least(columns, s.n - n), false);
}

inline void product(const Product& given)
{
    Product s = given;
    if ((double)s.m * s.n * s.k < 2e5) s.threads = 1;
    if (s.a_type == f64) product_of<double, double, double>(s);
    else if (s.a_type == bf16 && s.b_type == bf16) product_of<float, Half, Half>(s);
    else if (s.a_type == bf16) product_of<float, Half, float>(s);
    else if (s.b_type == bf16) product_of<float, float, Half>(s);
    else product_of<float, float, float>(s);
}

} }
