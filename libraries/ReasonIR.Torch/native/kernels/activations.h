// Activations over rows, alone, as gates, and their slopes. The vectors of AVX-512 have forms of their own: GELU by a table of
// polynomials (its lookup is one instruction there), reciprocals refined from an estimate in place of divisions.
#pragma once
#include "simd.h"
#if defined(__AVX512F__)
#include "gelu_table.h"
#include <immintrin.h>
#endif

namespace kernels { namespace KERNELS_NAME {

#define KERNELS_BY_ACTIVATION(act, A, ...) \
    switch (act) { \
        case silu: { constexpr Activation A = silu; __VA_ARGS__; break; } case gelu: { constexpr Activation A = gelu; __VA_ARGS__; break; } \
        case gelu_tanh: { constexpr Activation A = gelu_tanh; __VA_ARGS__; break; } case relu: { constexpr Activation A = relu; __VA_ARGS__; break; } \
        case tanh_: { constexpr Activation A = tanh_; __VA_ARGS__; break; } default: { constexpr Activation A = none; __VA_ARGS__; break; } }

#if defined(__AVX512F__)

typedef __m512 V16;

inline __mmask16 rest(int64_t n) { return n >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << n) - 1); }
inline V16 load(const float* x, __mmask16 m) { return _mm512_maskz_loadu_ps(m, x); }
inline V16 load(const Half* x, __mmask16 m) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, x)), 16)); }
inline void store(float* x, __mmask16 m, V16 v) { _mm512_mask_storeu_ps(x, m, v); }
inline void store(Half* x, __mmask16 m, V16 v)
{
    __m512i b = _mm512_castps_si512(v);
    __m512i r = _mm512_srli_epi32(_mm512_add_epi32(b, _mm512_add_epi32(_mm512_set1_epi32(0x7FFF), _mm512_and_epi32(_mm512_srli_epi32(b, 16), _mm512_set1_epi32(1)))), 16);
    r = _mm512_mask_mov_epi32(r, _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), _mm512_set1_epi32(0x7FC0));
    _mm256_mask_storeu_epi16(x, m, _mm512_cvtepi32_epi16(r));
}

inline V16 set(float x) { return _mm512_set1_ps(x); }

inline V16 inverse(V16 x)
{
    V16 r = _mm512_rcp14_ps(x);
    return _mm512_fmadd_ps(r, _mm512_fnmadd_ps(x, r, set(1.f)), r);
}

inline V16 exp_of(V16 x)
{
    x = _mm512_min_ps(_mm512_max_ps(x, set(-87.f)), set(88.f));
    V16 n = _mm512_roundscale_ps(x * set(1.44269504f), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    V16 r = _mm512_fnmadd_ps(n, set(1.42860677e-6f), _mm512_fnmadd_ps(n, set(0.693145752f), x));
    V16 y = set(0.00139168487f);
    y = y * r + set(0.00833337125f); y = y * r + set(0.0416664853f); y = y * r + set(0.166666672f); y = y * r + set(0.5f); y = y * r + set(1.f); y = y * r + set(1.f);
    return _mm512_scalef_ps(y, n);
}

inline V16 sigmoid_of(V16 x) { return inverse(set(1.f) + exp_of(-x)); }

/// The polynomial of |x|'s place in a table; constant beyond the last.
inline V16 lookup(const float (*table)[32], V16 x)
{
    V16 a = _mm512_min_ps(_mm512_abs_ps(x), set(5.72f)), magic = set(12582912.f), at = a * set(5.5f) + magic, t = a * set(5.5f) - (at - magic);
    __m512i k = _mm512_castps_si512(at); // its low bits are the place
    V16 y = _mm512_permutex2var_ps(_mm512_load_ps(table[4]), k, _mm512_load_ps(table[4] + 16));
    for (int d = 3; d >= 0; d--) y = y * t + _mm512_permutex2var_ps(_mm512_load_ps(table[d]), k, _mm512_load_ps(table[d] + 16));
    return y;
}

inline V16 tanh_of(V16 x)
{
    V16 a = _mm512_abs_ps(x), s = x * x, e = exp_of(set(-2.f) * a);
    V16 big = (set(1.f) - e) * inverse(set(1.f) + e);
    big = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(_mm512_castps_si512(big), _mm512_castps_si512(x), _mm512_set1_epi32((int)0x80000000), 0xD8));
    V16 small = set(0.0218694885f);
    small = small * s + set(-0.0539682540f); small = small * s + set(0.133333333f); small = small * s + set(-0.333333333f); small = x * (small * s + set(1.f));
    return _mm512_mask_mov_ps(big, _mm512_cmp_ps_mask(a, set(0.15f), _CMP_LT_OQ), small);
}

template <Activation A> inline V16 activate(V16 x)
{
    if (A == silu) return x * sigmoid_of(x);
    if (A == gelu) return _mm512_max_ps(set(0.f), x) - lookup(gelu_rest, x); // max gives x where it is not a number
    if (A == gelu_tanh) return x * sigmoid_of(set(1.59576912f) * (x + set(0.044715f) * x * x * x));
    if (A == relu) return _mm512_max_ps(set(0.f), x);
    if (A == tanh_) return tanh_of(x);
    return x;
}

template <Activation A> inline V16 slope_of(V16 x)
{
    if (A == silu) { V16 s = sigmoid_of(x); return s * (set(1.f) + x * (set(1.f) - s)); }
    if (A == gelu) {
        V16 r = lookup(gelu_slope_rest, x); // gelu'(-x) = 1 - gelu'(x)
        return _mm512_mask_sub_ps(r, _mm512_cmp_ps_mask(x, set(0.f), _CMP_NLE_UQ), set(1.f), r);
    }
    if (A == gelu_tanh) {
        V16 s = sigmoid_of(set(1.59576912f) * (x + set(0.044715f) * x * x * x));
        return s + x * s * (set(1.f) - s) * (set(1.59576912f) + set(0.214063f) * x * x);
    }
    if (A == relu) return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, set(0.f), _CMP_GT_OQ), set(1.f));
    if (A == tanh_) { V16 t = tanh_of(x); return set(1.f) - t * t; }
    return set(1.f);
}

#define KERNELS_MANY(C, narrow, general) \
    if constexpr (sizeof(C) == 4) { for (int64_t j = 0; j < n; j += 16) { const __mmask16 m = rest(n - j); narrow; } } \
    else { _Pragma("omp simd") for (int64_t j = 0; j < n; j++) { general; } }
#else
#define KERNELS_MANY(C, narrow, general) { _Pragma("omp simd") for (int64_t j = 0; j < n; j++) { general; } }
#endif

/// before = x where it is wanted; x = act(x).
template <Activation A, typename C, typename T> inline void activate_many(C* x, T* before, int64_t n)
{
    if (before) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) put(before, j, x[j]);
    }
    KERNELS_MANY(C, store(x + j, m, activate<A>(load(x + j, m))), (x[j] = activate<A, C>(x[j])))
}

/// x *= act'(z).
template <Activation A, typename C, typename T> inline void slope_many(C* x, const T* z, int64_t n)
{
    KERNELS_MANY(C, store(x + j, m, load(x + j, m) * slope_of<A>(load(z + j, m))), (x[j] *= slope_of<A, C>(get(z, j))))
}

/// y = act(x) (* up).
template <Activation A, typename T> inline void activation_many(const T* x, const T* up, T* y, int64_t n)
{
    typedef wide<T> C;
    if (up) KERNELS_MANY(C, store(y + j, m, activate<A>(load(x + j, m)) * load(up + j, m)), put(y, j, activate<A, C>(get(x, j)) * get(up, j)))
    else KERNELS_MANY(C, store(y + j, m, activate<A>(load(x + j, m))), put(y, j, activate<A, C>(get(x, j))))
}

/// dx = dy * act'(x) (* up), dup = dy * act(x) where there is one.
template <Activation A, typename T> inline void activation_gradient_many(const T* x, const T* up, const T* dy, T* dx, T* dup, int64_t n)
{
    typedef wide<T> C;
    if (up)
        KERNELS_MANY(C, { const V16 a = load(x + j, m); const V16 g = load(dy + j, m); store(dup + j, m, g * activate<A>(a)); store(dx + j, m, g * load(up + j, m) * slope_of<A>(a)); },
                     { const C a = get(x, j); const C g = get(dy, j); put(dup, j, g * activate<A, C>(a)); put(dx, j, g * get(up, j) * slope_of<A, C>(a)); })
    else KERNELS_MANY(C, store(dx + j, m, load(dy + j, m) * slope_of<A>(load(x + j, m))), put(dx, j, get(dy, j) * slope_of<A, C>(get(x, j))))
}

} }
