// Vectors of the instruction set at hand, and the functions that the kernels need on them: loops marked with `omp simd` over
// these are vectorized. No libtorch, and nothing of the C++ library (see table.h).
#pragma once
#include "table.h"

namespace kernels { namespace KERNELS_NAME {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64, registers = 32;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32, registers = 16;
#else
constexpr int vector_bytes = 16, registers = 16;
#endif

template <typename C> struct Lanes;
template <> struct Lanes<float> {
    static constexpr int count = vector_bytes / 4;
    typedef float vector __attribute__((vector_size(vector_bytes), may_alias));
    typedef int32_t index __attribute__((vector_size(vector_bytes)));
    typedef float loose __attribute__((vector_size(vector_bytes), aligned(4), may_alias));
};
template <> struct Lanes<double> {
    static constexpr int count = vector_bytes / 8;
    typedef double vector __attribute__((vector_size(vector_bytes), may_alias));
    typedef int64_t index __attribute__((vector_size(vector_bytes)));
    typedef double loose __attribute__((vector_size(vector_bytes), aligned(8), may_alias));
};

struct Half { uint16_t bits; }; // bf16

inline float get(const float* x, int64_t i) { return x[i]; }
inline double get(const double* x, int64_t i) { return x[i]; }
inline float get(const Half* x, int64_t i) { return __builtin_bit_cast(float, (uint32_t)x[i].bits << 16); }
inline void put(float* x, int64_t i, float v) { x[i] = v; }
inline void put(double* x, int64_t i, double v) { x[i] = v; }
inline void put(Half* x, int64_t i, float v) // to the nearest, ties to even
{
    uint32_t b = __builtin_bit_cast(uint32_t, v);
    uint32_t r = (b + 0x7FFFu + (b >> 16 & 1)) >> 16;
    x[i].bits = (uint16_t)(v == v ? r : 0x7FC0u);
}

/// The type that sums and functions are computed in: f32, or f64 for f64.
template <typename T> struct Wide { typedef float type; };
template <> struct Wide<double> { typedef double type; };
template <typename T> using wide = typename Wide<T>::type;

template <typename A> inline A least(A a, A b) { return a < b ? a : b; }
template <typename A> inline A most(A a, A b) { return a > b ? a : b; }

/// exp by range reduction and a polynomial of degree 6: relative error below 3e-7 between -87 and 88, clamped outside.
inline float exp_of(float x)
{
    x = x < -87.f ? -87.f : x;
    x = x > 88.f ? 88.f : x;
    float n = (x * 1.44269504f + 12582912.f) - 12582912.f;
    float r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
    float y = 1.f + r * (1.f + r * (0.5f + r * (0.166666672f + r * (0.0416664853f + r * (0.00833337125f + r * 0.00139168487f)))));
    return y * __builtin_bit_cast(float, ((int32_t)n + 127) << 23);
}
inline double exp_of(double x) { return __builtin_exp(x); }

/// erf and exp(-x²). Beyond 1/2 as Abramowitz and Stegun 7.1.26 with a polynomial of degree 6 fitted anew, below as its series:
/// absolute error below 1e-7.
inline float erf_of(float x, float& e)
{
    float a = __builtin_fabsf(x), s = x * x;
    e = exp_of(-s);
    float t = 1.f / (1.f + 0.5f * a);
    float c = t * (0.2770348f + t * (0.321700612f + t * (0.130837353f + t * (0.307691562f + t * (0.122167743f + t * (-0.218232599f + t * 0.0588005395f))))));
    float big = __builtin_copysignf(1.f - c * e, x);
    float small = x * (1.128379167f + s * (-0.3761263890f + s * (0.1128379167f + s * (-0.0268661706f + s * (0.00522397762f - s * 0.000854832702f)))));
    return a < 0.5f ? small : big;
}
inline double erf_of(double x, double& e) { e = __builtin_exp(-x * x); return __builtin_erf(x); }

inline float tanh_of(float x)
{
    float s = x * x;
    float e = exp_of(-2.f * __builtin_fabsf(x));
    float big = __builtin_copysignf((1.f - e) / (1.f + e), x);
    float small = x * (1.f + s * (-0.333333333f + s * (0.133333333f + s * (-0.0539682540f + s * 0.0218694885f))));
    return __builtin_fabsf(x) < 0.15f ? small : big;
}
inline double tanh_of(double x) { return __builtin_tanh(x); }

template <Activation A, typename C> inline C activate(C x)
{
    if (A == silu) return x / (C(1) + exp_of(-x));
    if (A == gelu) { C e; return C(0.5) * x * (C(1) + erf_of(x * C(0.70710678118654752), e)); }
    if (A == gelu_tanh) return C(0.5) * x * (C(1) + tanh_of(C(0.79788456080286536) * (x + C(0.044715) * x * x * x)));
    if (A == relu) return x > C(0) ? x : C(0);
    if (A == tanh_) return tanh_of(x);
    return x;
}

template <Activation A, typename C> inline C slope_of(C x)
{
    if (A == silu) { C s = C(1) / (C(1) + exp_of(-x)); return s * (C(1) + x * (C(1) - s)); }
    if (A == gelu) { C e; C f = erf_of(x * C(0.70710678118654752), e); return C(0.5) * (C(1) + f) + x * C(0.39894228040143268) * e; }
    if (A == gelu_tanh) {
        C u = C(0.79788456080286536) * (x + C(0.044715) * x * x * x), t = tanh_of(u);
        return C(0.5) * (C(1) + t) + C(0.5) * x * (C(1) - t * t) * C(0.79788456080286536) * (C(1) + C(0.134145) * x * x);
    }
    if (A == relu) return x > C(0) ? C(1) : C(0);
    if (A == tanh_) { C t = tanh_of(x); return C(1) - t * t; }
    return C(1);
}

inline uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

/// The random bits of element j under a key (the finalizer of Wellons' "lowbias32").
inline uint32_t bits(uint32_t key, uint32_t j)
{
    uint32_t x = j * 0x9E3779B9u ^ key;
    x ^= x >> 16; x *= 0x7FEB352Du;
    x ^= x >> 15; x *= 0x846CA68Bu;
    return x ^ (x >> 16);
}

inline uint32_t threshold(double p) { return (uint32_t)least(4294967295.0, p * 4294967296.0); }
inline uint32_t key_of(int64_t seed, int64_t row) { return (uint32_t)mix((uint64_t)seed ^ mix((uint64_t)row)); }

/// x[j] = keep(j) ? x[j] * by : 0, for the elements from..from+n of a row.
template <typename C> inline void mask_row(C* x, int64_t n, C by, uint32_t key, uint32_t limit, int64_t from = 0)
{
#pragma omp simd
    for (int64_t j = 0; j < n; j++) x[j] = bits(key, (uint32_t)(from + j)) >= limit ? x[j] * by : C(0);
}

/// Memory of a thread that stays for its next call, 64-byte aligned; slots keep the users of one call apart.
void* scratch(int slot, int64_t bytes);
template <typename C> inline C* scratch(int slot, int64_t count) { return (C*)scratch(slot, count * (int64_t)sizeof(C)); }

/// Calls body(C-typed zero pointer of the storage type).
#define KERNELS_BY_TYPE(type, T, ...) \
    switch (type) { case f32: { typedef float T; __VA_ARGS__; break; } case bf16: { typedef Half T; __VA_ARGS__; break; } default: { typedef double T; __VA_ARGS__; break; } }

} }
