// Matrix products with packed operands and register tiles (Goto and van de Geijn 2008), and what follows a product (bias,
// activation, residual) while its tile is still in the first-level cache.
#pragma once
#include "simd.h"

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

/// Four rows of four to four columns of four.
inline void transpose4(const float* x, int64_t ldx, float* y, int64_t ldy)
{
    typedef float Q __attribute__((vector_size(16), may_alias, aligned(4)));
    typedef int32_t I __attribute__((vector_size(16)));
    Q a = *(const Q*)x, b = *(const Q*)(x + ldx), c = *(const Q*)(x + 2 * ldx), d = *(const Q*)(x + 3 * ldx);
    Q ab = __builtin_shuffle(a, b, I{0, 4, 1, 5}), cd = __builtin_shuffle(c, d, I{0, 4, 1, 5});
    Q AB = __builtin_shuffle(a, b, I{2, 6, 3, 7}), CD = __builtin_shuffle(c, d, I{2, 6, 3, 7});
    *(Q*)y = __builtin_shuffle(ab, cd, I{0, 1, 4, 5});
    *(Q*)(y + ldy) = __builtin_shuffle(ab, cd, I{2, 3, 6, 7});
    *(Q*)(y + 2 * ldy) = __builtin_shuffle(AB, CD, I{0, 1, 4, 5});
    *(Q*)(y + 3 * ldy) = __builtin_shuffle(AB, CD, I{2, 3, 6, 7});
}
inline void transpose4(const double* x, int64_t ldx, double* y, int64_t ldy)
{
    for (int i = 0; i < 4; i++) for (int j = 0; j < 4; j++) y[j * ldy + i] = x[i * ldx + j];
}

/// y[j, i] = x[i, j] for x of rows x columns.
template <typename C> void transpose(const C* x, int64_t ldx, int64_t rows, int64_t columns, C* y, int64_t ldy)
{
    for (int64_t j = 0; j < columns; j += 16) {
        int64_t je = least(columns, j + 16), i = 0;
        for (; i + 4 <= rows; i += 4) {
            int64_t q = j;
            for (; q + 4 <= je; q += 4) transpose4(x + i * ldx + q, ldx, y + q * ldy + i, ldy);
            for (; q < je; q++) for (int r = 0; r < 4; r++) y[q * ldy + i + r] = x[(i + r) * ldx + q];
        }
        for (; i < rows; i++) for (int64_t q = j; q < je; q++) y[q * ldy + i] = x[i * ldx + q];
    }
}

/// Columns of b, k x count, into a panel of rows of `width` elements, zeros behind.
template <typename C, typename T>
void pack_panel(const T* b, int64_t row, int64_t column, int64_t k, int64_t count, C* y, int64_t width)
{
    if (column == 1)
        for (int64_t p = 0; p < k; p++) {
            const T* x = b + p * row; C* out = y + p * width;
#pragma omp simd
            for (int64_t j = 0; j < count; j++) out[j] = get(x, j);
            for (int64_t j = count; j < width; j++) out[j] = 0;
        }
    else {
        C part[48 * 64]; // rows of 64 elements, converted
        for (int64_t p = 0; p < k; p += 64) {
            int64_t n = least<int64_t>(64, k - p);
            for (int64_t j = 0; j < count; j++)
#pragma omp simd
                for (int64_t q = 0; q < n; q++) part[j * 64 + q] = get(b + j * column + p, q);
            transpose(part, 64, count, n, y + p * width, width);
            if (count < width) for (int64_t q = 0; q < n; q++) for (int64_t j = count; j < width; j++) y[(p + q) * width + j] = 0;
        }
    }
}

template <Activation A, typename C, typename T>
inline void activate_row(const Finish& f, C* x, int64_t n, T* before, const T* slope)
{
    if (slope) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) x[j] *= slope_of<A, C>(get(slope, j));
        return;
    }
    if (before) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) put(before, j, x[j]);
    }
#pragma omp simd
    for (int64_t j = 0; j < n; j++) x[j] = activate<A, C>(x[j]);
}

#define KERNELS_BY_ACTIVATION(act, A, ...) \
    switch (act) { \
        case silu: { constexpr Activation A = silu; __VA_ARGS__; break; } case gelu: { constexpr Activation A = gelu; __VA_ARGS__; break; } \
        case gelu_tanh: { constexpr Activation A = gelu_tanh; __VA_ARGS__; break; } case relu: { constexpr Activation A = relu; __VA_ARGS__; break; } \
        case tanh_: { constexpr Activation A = tanh_; __VA_ARGS__; break; } default: { constexpr Activation A = none; __VA_ARGS__; break; } }

/// The sums x [rows, columns] of the place (i, j) become what Finish says.
template <typename C, typename T>
__attribute__((noinline)) void finish_block(const Finish& f, C* x, int64_t ldx, int64_t i, int64_t rows, int64_t j, int64_t columns)
{
    uint32_t limit = threshold(f.dropout); C keep = C(1.0 / (1.0 - f.dropout));
    for (int64_t r = 0; r < rows; r++, x += ldx) {
        int64_t at = (i + r) * f.ld + j;
        T* out = (T*)f.out + at;
        if (f.bias) {
            if (f.bias_type == bf16) { const Half* b = (const Half*)f.bias + j; for (int64_t q = 0; q < columns; q++) x[q] += get(b, q); }
            else if (f.bias_type == f32) { const float* b = (const float*)f.bias + j; for (int64_t q = 0; q < columns; q++) x[q] += b[q]; }
            else { const double* b = (const double*)f.bias + j; for (int64_t q = 0; q < columns; q++) x[q] += C(b[q]); }
        }
        if (f.act != none)
            KERNELS_BY_ACTIVATION(f.act, A, activate_row<A>(f, x, columns, f.before ? (T*)f.before + at : nullptr, f.slope ? (const T*)f.slope + at : nullptr));
        if (f.dropout > 0) mask_row(x, columns, keep, key_of(f.seed, i + r), limit, j);
        if (f.residual) {
            const T* residual = (const T*)f.residual + at;
#pragma omp simd
            for (int64_t q = 0; q < columns; q++) x[q] += get(residual, q);
        }
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
    KERNELS_BY_TYPE(f.type, T, finish_block<C, T>(f, x, ldx, i, rows, j, columns));
}

/// Length of a block of p: a panel of b of that length and some panels of a stay in the caches.
inline Pieces blocks_of(int64_t k) { return Pieces(0, k, 448); }

/// Rows of A as the tiles want them: in place, or converted or transposed into scratch memory.
template <typename C, typename TA> struct Rows {
    const TA* a; int64_t row, column, limit; // limit: columns of A where it is transposed
    C* packed;
    static constexpr bool same = sizeof(C) == sizeof(TA);

    /// The tile's rows i.. over p0..p0+k, and their stride.
    const C* at(int64_t i, int rows, int64_t p0, int64_t k, int64_t& lda)
    {
        if (column == 1) {
            if (same) { lda = row; return (const C*)a + i * row + p0; }
            lda = k + Lanes<C>::count;
            for (int r = 0; r < rows; r++) {
                const TA* x = a + (i + r) * row + p0; C* y = packed + r * lda;
#pragma omp simd
                for (int64_t p = 0; p < k; p++) y[p] = get(x, p);
            }
            return packed;
        }
        lda = rows;
        typedef typename Lanes<C>::loose U;
        if (same && rows <= Lanes<C>::count && i + Lanes<C>::count <= limit) // the next row overwrites what is copied too much
            for (int64_t p = 0; p < k; p++) *(U*)(packed + p * rows) = *(const U*)((const C*)a + (p0 + p) * column + i);
        else
            for (int64_t p = 0; p < k; p++) for (int r = 0; r < rows; r++) packed[p * rows + r] = get(a + (p0 + p) * column, i + r);
        return packed;
    }
};

constexpr int64_t slot_panels = 0, slot_block = 1, slot_rows = 2, slot_turned = 3;

/// Where swapped: the operands changed places, so that the sums of a block are those of the result's transpose.
template <typename C, typename TA, typename TB>
void multiply(const Product& s, bool swapped)
{
    constexpr int64_t W = panel<C>();
    const int64_t m = s.m, n = s.n, k = s.k, across = padded<C>(n);
    const TA* a = (const TA*)s.a; const TB* b = (const TB*)s.b;
    C* panels = scratch<C>(slot_panels, across * k + Lanes<C>::count);
    const int64_t panel_count = (n + W - 1) / W;
    // About 600 kB of b and a few rows of a at a time.
    Pieces depth = blocks_of(k);
    const int64_t chunk = most<int64_t>(W, (int64_t)(150000 * 4 / sizeof(C)) / most<int64_t>(1, (k + depth.count - 1) / depth.count) / W * W);
    const int64_t columns = swapped ? n : least(chunk, n);
    int64_t tall = swapped ? 24 : 8; // tiles of a block, fewer where threads would go without
    while (tall > 1 && (m / (tall * tile_rows)) * ((n + columns - 1) / columns) < 3 * s.threads) tall--;
    Pieces down(0, m, tall * tile_rows);
    const int64_t across_count = (n + columns - 1) / columns, wide = padded<C>(columns), high = tall * tile_rows;
    const Finish& f = s.finish;
    const bool direct = !swapped && f.type == (sizeof(C) == 8 ? f64 : f32) && !f.bias && f.act == none && f.dropout == 0 && !f.residual && n % Lanes<C>::count == 0;
#pragma omp parallel num_threads(s.threads) if (s.threads > 1)
    {
#pragma omp for schedule(static)
        for (int64_t i = 0; i < panel_count; i++) {
            int64_t j = i * W, count = least(W, n - j);
            pack_panel<C, TB>(b + j * s.b_col, s.b_row, s.b_col, k, count, panels + j * k, padded<C>(count));
        }
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < down.count * across_count; item++) {
            const int64_t j0 = item / down.count * columns, j1 = least(n, j0 + columns);
            const int64_t i0 = down.start(item % down.count), i1 = down.start(item % down.count + 1);
            C* block = direct ? nullptr : scratch<C>(slot_block, high * wide);
            Rows<C, TA> rows{a, s.a_row, s.a_col, m, scratch<C>(slot_rows, tile_rows * (448 + Lanes<C>::count) + 64)};
            Pieces tiles(i0, i1 - i0, tile_rows);
            for (int64_t q = 0; q < depth.count; q++) {
                const int64_t p0 = depth.start(q), length = depth.start(q + 1) - p0;
                for (int64_t t = 0; t < tiles.count; t++) {
                    const int64_t i = tiles.start(t); const int r = (int)(tiles.start(t + 1) - i);
                    int64_t lda; const C* x = rows.at(i, r, p0, length, lda);
                    C* out = direct ? (C*)f.out + i * f.ld : block + (i - i0) * wide;
                    const int64_t ldc = direct ? f.ld : wide; const bool add = q > 0 || (direct && f.accumulate);
                    for (int64_t j = j0; j < j1; j += W) {
                        const int64_t width = padded<C>(least(W, n - j)); const int vectors = (int)(width / Lanes<C>::count);
                        C* y = direct ? out + j : out + (j - j0);
                        if (s.a_col == 1) tile_of<C, false>(r, vectors, length, x, lda, panels + j * k + p0 * width, y, ldc, add);
                        else tile_of<C, true>(r, vectors, length, x, lda, panels + j * k + p0 * width, y, ldc, add);
                    }
                    if (!direct && !swapped && q == depth.count - 1) finish(f, out, wide, i, r, j0, j1 - j0);
                }
            }
            if (swapped) {
                C* turned = scratch<C>(slot_turned, n * high);
                transpose(block, wide, i1 - i0, n, turned, high);
                finish(f, turned, high, 0, n, i0, i1 - i0);
            }
        }
    }
}

template <typename C, typename TA, typename TB> void product_of(const Product& s)
{
    if (s.m == 0 || s.n == 0) return;
    if (s.k == 0) {
        C zeros[64] = {};
        for (int64_t i = 0; i < s.m; i++) for (int64_t j = 0; j < s.n; j += 64) { for (C& z : zeros) z = 0; finish(s.finish, zeros, 0, i, 1, j, least<int64_t>(64, s.n - j)); }
        return;
    }
    // Few rows against a matrix whose rows lie along p: packing it would cost more than the product.
    if (s.m <= 96 && s.b_row == 1 && s.a_col == 1 && s.n > s.m) {
        Product turned = s;
        turned.m = s.n; turned.n = s.m;
        turned.a = s.b; turned.a_row = s.b_col; turned.a_col = s.b_row;
        turned.b = s.a; turned.b_row = s.a_col; turned.b_col = s.a_row;
        multiply<C, TB, TA>(turned, true);
    } else multiply<C, TA, TB>(s, false);
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
