// Which copy of the kernels runs here: the widest that the CPU knows. Another can be chosen for tests and comparisons.
#pragma once
#include "kernels/table.h"
#include <cstring>
#include <string>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

extern "C" {
const kernels::Table* reasonir_kernels_plain();
#if defined(__x86_64__)
const kernels::Table* reasonir_kernels_avx2();
const kernels::Table* reasonir_kernels_avx512();
#endif
}

namespace instruction_sets {

inline const kernels::Table* named(const char* name)
{
    if (!std::strcmp(name, "plain")) return reasonir_kernels_plain();
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!std::strcmp(name, "avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return reasonir_kernels_avx2();
    if (!std::strcmp(name, "avx512") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma")) return reasonir_kernels_avx512();
#endif
    return nullptr;
}

inline const kernels::Table* widest()
{
    for (auto name : {"avx512", "avx2"}) if (auto table = named(name)) return table;
    return named("plain");
}

inline const kernels::Table*& chosen() { static const kernels::Table* table = widest(); return table; }

/// Whether the CPU multiplies bf16 itself: AVX-512 BF16 or AMX tiles.
inline bool has_bf16()
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    bool avx = __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
    bool amx = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1);
    __builtin_cpu_init();
    return (avx || amx) && __builtin_cpu_supports("avx512f");
#else
    return false;
#endif
}

/// Whether it adds products of int16 to int32 in one instruction, as wide as its floats.
inline bool has_vnni()
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512vnni") && named("avx512");
#else
    return false;
#endif
}

}
