// Attention over packed sequences with grouped key heads, windows, a soft cap and dropout, and its gradient. Scores exist for a
// block of queries and keys at a time (online softmax: Milakov and Gimelshein 2018; Dao et al. 2022), so memory grows with the
// length of a sequence and not with its square; the backward pass computes them again. Blocks that no query sees are skipped.
#pragma once
#include "product.h"

namespace kernels { namespace KERNELS_NAME {

constexpr int64_t query_rows = 8 * tile_rows, query_chunk = 7 * query_rows;

/// One key head of one sequence, packed for tiles.
template <typename T> struct Keys {
    typedef wide<T> C;
    static constexpr int64_t W = panel<C>(), block = 8 * W;
    int64_t width, wide_width, first, last; // keys first..last of the sequence, first a multiple of W
    int64_t length;

    Keys(int64_t width, int64_t length, int64_t from, int64_t to) : width(width), wide_width(padded<C>(width)), first(from / W * W), last(to), length(length) {}
    int64_t panel_width(int64_t key) const { return padded<C>(least(W, length - key / W * W)); }
    // Elements, rounded to whole cache lines.
    int64_t turned_size() const { return ((last - first + W) * width + 31) / 16 * 16; }
    int64_t plain_size() const { return ((last - first + 1) * wide_width + 31) / 16 * 16; }

    /// [panels of W keys][width][keys]: the right operand of queries times keys.
    void turn(const T* x, int64_t token, C* y) const
    {
        for (int64_t key = first; key < last; key += W)
            pack_panel<C, T>(x + key * token, 1, token, width, least(W, least(length, last) - key), y + (key - first) * width, panel_width(key));
    }
    const C* turned(const C* y, int64_t key) const { return y + (key - first) * width; }

    /// [panels of the width][keys][width]: the right operand of shares times values.
    void plain(const T* x, int64_t token, C* y) const { panels(x + first * token, token, last - first, width, y); }

    static void panels(const T* x, int64_t token, int64_t rows, int64_t width, C* y)
    {
        for (int64_t j = 0; j < width; j += W) {
            int64_t w = padded<C>(least(W, width - j));
            pack_panel<C, T>(x + j, token, 1, rows, least(W, width - j), y + rows * j, w);
        }
    }
    /// out[r, width] (+)= a[r, count] times the rows from `row` of panels with `rows` rows.
    template <bool Transposed>
    static void times(int r, int64_t count, const C* a, int64_t lda, const C* y, int64_t rows, int64_t row, int64_t width, C* out, int64_t ldo)
    {
        for (int64_t j = 0; j < width; j += W) {
            int64_t w = padded<C>(least(W, width - j));
            tile_of<C, Transposed>(r, (int)(w / Lanes<C>::count), count, a, lda, y + rows * j + row * w, out + j, ldo, true);
        }
    }
};

template <typename C> inline C row_most(const C* x, int64_t n)
{
    C m = x[0];
#pragma omp simd reduction(max : m)
    for (int64_t j = 0; j < n; j++) m = x[j] > m ? x[j] : m;
    return m;
}
template <typename C> inline C row_exp(C* x, int64_t n, C m)
{
    C s = 0;
#pragma omp simd reduction(+ : s)
    for (int64_t j = 0; j < n; j++) { x[j] = exp_of(x[j] - m); s += x[j]; }
    return s;
}
template <typename C> inline void row_scale(C* x, int64_t n, C by)
{
#pragma omp simd
    for (int64_t j = 0; j < n; j++) x[j] *= by;
}
template <typename C> inline void row_cap(C* x, int64_t n, C cap)
{
    C inverse = C(1) / cap;
#pragma omp simd
    for (int64_t j = 0; j < n; j++) x[j] = cap * tanh_of(x[j] * inverse);
}
template <typename C> inline void row_zero(C* x, int64_t n) { for (int64_t j = 0; j < n; j++) x[j] = 0; }

inline uint32_t attention_key(int64_t seed, int64_t token, int64_t head) { return key_of(seed, token << 12 | head); }

template <typename T> void attend(const Attention& s, int64_t start, int64_t length, int64_t kv, int64_t from, int64_t to)
{
    typedef wide<T> C;
    typedef Keys<T> K;
    const int64_t d = s.width, group = s.heads / s.kv_heads, ldo = padded<C>(d), lds = K::block + K::W;
    K keys(d, length, most<int64_t>(0, from - s.left), least(length, to + s.right));
    C *turned = scratch<C>(0, keys.turned_size() + keys.plain_size()), *values = turned + keys.turned_size();
    C* work = scratch<C>(1, query_rows * (2 * ldo + 2) + tile_rows * lds);
    C *q = work, *o = q + query_rows * ldo, *top = o + query_rows * ldo, *total = top + query_rows, *scores = total + query_rows;
    keys.turn((const T*)s.k + start * s.k_token + kv * s.k_head, s.k_token, turned);
    keys.plain((const T*)s.v + start * s.v_token + kv * s.v_head, s.v_token, values);
    const int64_t held = keys.last - keys.first;
    const uint32_t limit = threshold(s.dropout); const C keep = C(1.0 / (1.0 - s.dropout)), scale = C(s.scale);
    for (int64_t head = kv * group; head < (kv + 1) * group; head++) {
        Pieces blocks(from, to - from, query_rows);
        for (int64_t b = 0; b < blocks.count; b++) {
            const int64_t q0 = blocks.start(b), q1 = blocks.start(b + 1);
            for (int64_t i = q0; i < q1; i++) {
                const T* x = (const T*)s.q + (start + i) * s.q_token + head * s.q_head; C* y = q + (i - q0) * ldo;
                for (int64_t j = 0; j < d; j++) y[j] = get(x, j) * scale;
                row_zero(o + (i - q0) * ldo, ldo);
                top[i - q0] = -__builtin_inf(); total[i - q0] = 0;
            }
            const int64_t low = most<int64_t>(0, q0 - s.left) / K::W * K::W, high = least(length, q1 + s.right);
            for (int64_t k0 = low; k0 < high; k0 = (k0 / K::block + 1) * K::block) {
                const int64_t k1 = least(high, (k0 / K::block + 1) * K::block);
                Pieces tiles(q0, q1 - q0, tile_rows);
                for (int64_t t = 0; t < tiles.count; t++) {
                    const int64_t i0 = tiles.start(t), i1 = tiles.start(t + 1); const int rows = (int)(i1 - i0);
                    const int64_t t0 = most(k0, (i0 - s.left) / K::W * K::W), t1 = least(k1, i1 + s.right);
                    if (t0 >= t1) continue;
                    for (int64_t j = t0; j < t1; j += K::W)
                        tile_of<C, false>(rows, (int)(keys.panel_width(j) / Lanes<C>::count), d, q + (i0 - q0) * ldo, ldo, keys.turned(turned, j), scores + (j - t0), lds, false);
                    for (int64_t i = i0; i < i1; i++) {
                        C* row = scores + (i - i0) * lds - t0; // by key
                        const int64_t from_key = most(t0, i - s.left), to_key = least(t1, i + s.right + 1), at = i - q0;
                        if (from_key >= to_key) { row_zero(row + t0, t1 - t0); continue; }
                        if (s.soft_cap > 0) row_cap(row + from_key, to_key - from_key, C(s.soft_cap));
                        const C m = most(top[at], row_most(row + from_key, to_key - from_key));
                        const C sum = row_exp(row + from_key, to_key - from_key, m);
                        if (m > top[at]) {
                            const C old = exp_of(top[at] - m);
                            if (total[at] != 0) { row_scale(o + at * ldo, d, old); total[at] *= old; }
                            top[at] = m;
                        }
                        total[at] += sum;
                        row_zero(row + t0, from_key - t0); row_zero(row + to_key, t1 - to_key);
                        if (s.dropout > 0) mask_row(row + from_key, to_key - from_key, keep, attention_key(s.seed, start + i, head), limit, from_key);
                    }
                    K::template times<false>(rows, t1 - t0, scores, lds, values, held, t0 - keys.first, d, o + (i0 - q0) * ldo, ldo);
                }
            }
            for (int64_t i = q0; i < q1; i++) {
                const int64_t at = i - q0; T* y = (T*)s.out + ((start + i) * s.heads + head) * d;
                const C inverse = C(1) / total[at];
                for (int64_t j = 0; j < d; j++) put(y, j, o[at * ldo + j] * inverse);
                ((C*)s.lse)[(start + i) * s.heads + head] = top[at] + C(__builtin_log(total[at]));
            }
        }
    }
}

template <typename T> void attention_of(const Attention& s)
{
    // Pieces of a long sequence are work of their own.
    int64_t items = 0;
    for (int64_t i = 0; i < s.sequences; i++) items += (s.offsets[i + 1] - s.offsets[i] + query_chunk - 1) / query_chunk * s.kv_heads;
    struct Item { int64_t sequence, chunk, kv; };
    Item* list = scratch<Item>(4, items);
    int64_t n = 0;
    for (int64_t i = 0; i < s.sequences; i++)
        for (int64_t kv = 0; kv < s.kv_heads; kv++)
            for (int64_t c = 0; c * query_chunk < s.offsets[i + 1] - s.offsets[i]; c++) list[n++] = {i, c, kv};
#pragma omp parallel for num_threads(s.threads) schedule(dynamic) if (s.threads > 1)
    for (int64_t i = 0; i < items; i++) {
        const int64_t start = s.offsets[list[i].sequence], length = s.offsets[list[i].sequence + 1] - start;
        attend<T>(s, start, length, list[i].kv, list[i].chunk * query_chunk, least(length, (list[i].chunk + 1) * query_chunk));
    }
}

/// One row of the gradient of scores, before soft cap and scale: p and the shares' gradient g become the dropped shares and ds.
template <typename C> inline void row_gradient(C* p, C* g, const C* slope, int64_t n, C delta, bool dropped, C keep, uint32_t key, uint32_t limit, int64_t from)
{
    if (dropped) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            const C by = bits(key, (uint32_t)(from + j)) >= limit ? keep : C(0);
            g[j] = p[j] * (g[j] * by - delta); p[j] *= by;
        }
    } else
#pragma omp simd
        for (int64_t j = 0; j < n; j++) g[j] = p[j] * (g[j] - delta);
    if (slope)
#pragma omp simd
        for (int64_t j = 0; j < n; j++) g[j] *= slope[j];
}

template <typename T> void attend_backward(const Attention& s, int64_t start, int64_t length, int64_t kv)
{
    typedef wide<T> C;
    typedef Keys<T> K;
    const int64_t d = s.width, group = s.heads / s.kv_heads, ldo = padded<C>(d), lds = K::block + K::W;
    K keys(d, length, 0, length);
    const int64_t turned = keys.turned_size(), plain = keys.plain_size(), sums = (length + tile_rows) * ldo;
    C* base = scratch<C>(0, 2 * turned + plain + 2 * sums);
    C *kt = base, *vt = kt + turned, *kp = vt + turned, *dk = kp + plain, *dv = dk + sums;
    const int64_t rows_size = query_rows * ldo + 2 * Lanes<C>::count, panels_size = (query_rows + 1) * ldo + 2 * Lanes<C>::count;
    C* work = scratch<C>(1, 3 * rows_size + 2 * panels_size + 2 * query_rows + 2 * query_rows * lds + tile_rows * lds);
    C *q = work, *g = q + rows_size, *dq = g + rows_size, *qp = dq + rows_size, *gp = qp + panels_size, *delta = gp + panels_size, *lse = delta + query_rows;
    C *share = lse + query_rows, *grad = share + query_rows * lds, *slope = grad + query_rows * lds;
    const T* kx = (const T*)s.k + start * s.k_token + kv * s.k_head;
    keys.turn(kx, s.k_token, kt);
    keys.turn((const T*)s.v + start * s.v_token + kv * s.v_head, s.v_token, vt);
    keys.plain(kx, s.k_token, kp);
    row_zero(dk, 2 * sums);
    const uint32_t limit = threshold(s.dropout); const C keep = C(1.0 / (1.0 - s.dropout)), scale = C(s.scale), cap = C(s.soft_cap);
    for (int64_t head = kv * group; head < (kv + 1) * group; head++) {
        Pieces blocks(0, length, query_rows);
        for (int64_t b = 0; b < blocks.count; b++) {
            const int64_t q0 = blocks.start(b), q1 = blocks.start(b + 1), n = q1 - q0;
            for (int64_t i = q0; i < q1; i++) {
                const T* x = (const T*)s.q + (start + i) * s.q_token + head * s.q_head; C* y = q + (i - q0) * ldo;
                const int64_t at = ((start + i) * s.heads + head) * d; C sum = 0;
                for (int64_t j = 0; j < d; j++) {
                    y[j] = get(x, j) * scale;
                    const C go = get((const T*)s.dout + at, j);
                    g[(i - q0) * ldo + j] = go; sum += go * get((const T*)s.out + at, j);
                }
                delta[i - q0] = sum; lse[i - q0] = ((const C*)s.lse)[(start + i) * s.heads + head];
                row_zero(dq + (i - q0) * ldo, ldo);
            }
            Keys<C>::panels(q, ldo, n, d, qp);
            Keys<C>::panels(g, ldo, n, d, gp);
            const int64_t low = most<int64_t>(0, q0 - s.left) / K::W * K::W, high = least(length, q1 + s.right);
            for (int64_t k0 = low; k0 < high; k0 = (k0 / K::block + 1) * K::block) {
                const int64_t k1 = least(high, (k0 / K::block + 1) * K::block);
                Pieces tiles(q0, n, tile_rows);
                for (int64_t t = 0; t < tiles.count; t++) {
                    const int64_t i0 = tiles.start(t), i1 = tiles.start(t + 1); const int rows = (int)(i1 - i0);
                    const int64_t t0 = most(k0, (i0 - s.left) / K::W * K::W), t1 = least(k1, i1 + s.right);
                    C *p = share + (i0 - q0) * lds, *ds = grad + (i0 - q0) * lds;
                    if (t0 >= t1) {
                        for (int r = 0; r < rows; r++) { row_zero(p + r * lds, k1 - k0); row_zero(ds + r * lds, k1 - k0); }
                        continue;
                    }
                    for (int64_t j = t0; j < t1; j += K::W) {
                        const int vectors = (int)(keys.panel_width(j) / Lanes<C>::count);
                        tile_of<C, false>(rows, vectors, d, q + (i0 - q0) * ldo, ldo, keys.turned(kt, j), p + (j - k0), lds, false);
                        tile_of<C, false>(rows, vectors, d, g + (i0 - q0) * ldo, ldo, keys.turned(vt, j), ds + (j - k0), lds, false);
                    }
                    for (int64_t i = i0; i < i1; i++) {
                        C *row = p + (i - i0) * lds - k0, *grow = ds + (i - i0) * lds - k0; // by key
                        const int64_t a = most(t0, i - s.left), z = most(a, least(t1, i + s.right + 1)), count = z - a, at = i - q0;
                        row_zero(row + k0, a - k0); row_zero(row + z, k1 - z); row_zero(grow + k0, a - k0); row_zero(grow + z, k1 - z);
                        if (cap > 0)
#pragma omp simd
                            for (int64_t j = 0; j < count; j++) { const C th = tanh_of(row[a + j] / cap); row[a + j] = cap * th; slope[j] = C(1) - th * th; }
                        row_exp(row + a, count, lse[at]);
                        row_gradient(row + a, grow + a, cap > 0 ? slope : nullptr, count, delta[at], s.dropout > 0, keep, attention_key(s.seed, start + i, head), limit, a);
                    }
                    K::template times<false>(rows, t1 - t0, ds + (t0 - k0), lds, kp, length, t0, d, dq + (i0 - q0) * ldo, ldo);
                }
                Pieces across(k0, k1 - k0, tile_rows);
                for (int64_t t = 0; t < across.count; t++) {
                    const int64_t j0 = across.start(t); const int rows = (int)(across.start(t + 1) - j0);
                    K::template times<true>(rows, n, share + (j0 - k0), lds, gp, n, 0, d, dv + j0 * ldo, ldo);
                    K::template times<true>(rows, n, grad + (j0 - k0), lds, qp, n, 0, d, dk + j0 * ldo, ldo);
                }
            }
            for (int64_t i = q0; i < q1; i++) {
                T* y = (T*)s.dq + (start + i) * s.dq_token + head * s.dq_head;
                for (int64_t j = 0; j < d; j++) put(y, j, dq[(i - q0) * ldo + j] * scale);
            }
        }
    }
    for (int64_t i = 0; i < length; i++) {
        T *y = (T*)s.dk + (start + i) * s.dk_token + kv * s.dk_head, *z = (T*)s.dv + (start + i) * s.dv_token + kv * s.dv_head;
        for (int64_t j = 0; j < d; j++) { put(y, j, dk[i * ldo + j]); put(z, j, dv[i * ldo + j]); }
    }
}

template <typename T> void attention_backward_of(const Attention& s)
{
#pragma omp parallel for num_threads(s.threads) schedule(dynamic) if (s.threads > 1)
    for (int64_t i = 0; i < s.sequences * s.kv_heads; i++) {
        const int64_t start = s.offsets[i / s.kv_heads], length = s.offsets[i / s.kv_heads + 1] - start;
        if (length > 0) attend_backward<T>(s, start, length, i % s.kv_heads);
    }
}

inline void attention(const Attention& s) { KERNELS_BY_TYPE(s.type, T, attention_of<T>(s)); }
inline void attention_backward(const Attention& s) { KERNELS_BY_TYPE(s.type, T, attention_backward_of<T>(s)); }

} }
