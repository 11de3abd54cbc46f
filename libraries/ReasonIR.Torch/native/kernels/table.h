// What kernels.cpp offers: it is compiled once for each instruction set, knows nothing of libtorch, and the best table that the
// CPU can run is chosen when the library is loaded (instruction_sets.h). Plain types only: nothing inline may be shared between
// the copies, or the linker could keep one that needs the larger instruction set.
#pragma once
#include <stdint.h>

namespace kernels {

enum Type : int32_t { f32 = 0, bf16 = 1, f64 = 2 };
enum Activation : int32_t { none = -1, silu = 0, gelu_tanh = 1, gelu = 2, relu = 3, tanh_ = 4 };

/// What becomes of the sums s[i, j] of a product, in this order: before = s + bias; s = act(before) or s *= act'(slope);
/// dropout; + residual; out = s (or out += s). All matrices have rows of `ld` elements.
struct Finish {
    void* out = nullptr; Type type = f32; int64_t ld = 0;
    const void* bias = nullptr; Type bias_type = f32;
    Activation act = none;
    void* before = nullptr;
    const void* slope = nullptr;
    double dropout = 0; int64_t seed = 0;
    const void* residual = nullptr;
    bool accumulate = false;
};

/// out[m, n] = sum over p of a(i, p) b(p, j), accumulated in f32 (f64 for f64) in the order of p, whatever the threads and blocks.
/// a(i, p) lies at a[i * a_row + p * a_col]; one stride of each operand is 1.
struct Product {
    int64_t m = 0, n = 0, k = 0;
    const void* a = nullptr; Type a_type = f32; int64_t a_row = 0, a_col = 1;
    const void* b = nullptr; Type b_type = f32; int64_t b_row = 0, b_col = 1;
    Finish finish;
    int threads = 1;
    const void* fixed = nullptr; // b as Table::fix packed it, for a of bf16 with a_col 1, into bf16 without dropout; null: none
};

/// Attention over packed sequences; a token's heads lie head_stride apart (rows of `width` contiguous elements).
struct Attention {
    Type type = f32;
    const int64_t* offsets = nullptr; int64_t sequences = 0;
    int64_t heads = 0, kv_heads = 0, width = 0;
    const void *q = nullptr, *k = nullptr, *v = nullptr;
    int64_t q_token = 0, q_head = 0, k_token = 0, k_head = 0, v_token = 0, v_head = 0;
    double scale = 1, soft_cap = 0, dropout = 0;
    int64_t left = 0, right = 0, seed = 0;
    void* out = nullptr;          // [tokens, heads * width]
    void* lse = nullptr;          // [tokens, heads], f32 or f64: log of the sum of exponentials
    int threads = 1;
    // backward only
    const void* dout = nullptr;
    void *dq = nullptr, *dk = nullptr, *dv = nullptr;
    int64_t dq_token = 0, dq_head = 0, dk_token = 0, dk_head = 0, dv_token = 0, dv_head = 0;
};

/// A parameter of an optimizer's step: p, m, v and g hold count f32 elements each.
struct AdamTensor {
    float *p, *m, *v; const float* g; int64_t count;
    float decay, b1, b2, root2, eps, size;
};

struct Table {
    const char* name;
    void (*product)(const Product&);
    /// Products in 16-bit fixed point (fixed.h), null where the instruction set has none: the bytes of a packed matrix of n columns of k;
    /// the packing of one whose column j starts at w[j * row] (false: not all of it is finite); multiply-adds in registers alone, how many.
    int64_t (*fixed_bytes)(int64_t n, int64_t k);
    bool (*fix)(const void* w, Type, int64_t row, int64_t n, int64_t k, void* packed, int threads);
    int64_t (*fixed_peak)(int64_t steps);
    void (*attention)(const Attention&);
    void (*attention_backward)(const Attention&);
    /// y = dropout(x) (+ residual); the mask of elements i * width.. has the key of i.
    void (*dropout)(Type, const void* x, const void* residual, void* y, int64_t count, int64_t width, double p, int64_t seed, int threads);
    /// y = x * inverse root of the mean square * (offset + weight); inverse [rows], f32 or f64.
    void (*rms_norm)(Type, const void* x, Type, const void* weight, double eps, double offset, void* y, void* inverse, int64_t rows, int64_t width, int threads);
    /// dweight [width], f32 or f64.
    void (*rms_norm_backward)(Type, const void* x, Type, const void* weight, double offset, const void* inverse, const void* dy, void* dx, void* dweight, int64_t rows, int64_t width, int threads);
    /// sum = residual + dropout(x) where there is a residual, else x; y = layer norm of it; statistics [rows, 2]: mean, inverse deviation.
    void (*layer_norm)(Type, const void* x, const void* residual, double dropout, int64_t seed, Type, const void* weight, const void* bias, double eps,
                       void* sum, void* y, void* statistics, int64_t rows, int64_t width, int threads);
    void (*layer_norm_backward)(Type, const void* x, Type, const void* weight, const void* statistics, const void* dy, void* dx, void* dweight, void* dbias, int64_t rows, int64_t width, int threads);
    /// x: the heads of a token head_stride apart, tokens token_stride; y [tokens, heads, width], heads from `turned` on as they are; sign -1 turns back.
    void (*rotary)(Type, const void* x, int64_t token, int64_t head, const float* cos, const float* sin, double sign, void* y, int64_t tokens, int64_t heads, int64_t turned, int64_t width, int threads);
    void (*gated)(Type, Activation, const void* x, void* y, int64_t rows, int64_t wide, int threads);
    void (*gated_backward)(Type, Activation, const void* x, const void* dy, void* dx, int64_t rows, int64_t wide, int threads);
    void (*activation)(Type, Activation, const void* x, void* y, int64_t count, int threads);
    void (*activation_backward)(Type, Activation, const void* x, const void* dy, void* dx, int64_t count, int threads);
    /// y[j] = sum over rows of x[i, j], by chunks of row_chunk rows; y is f32 or f64.
    void (*column_sums)(Type, const void* x, int64_t rows, int64_t width, int64_t ld, void* y, int threads);
    /// gradient[ids[i]] += rows[i]; sorted: a thread owns a range of rows of the gradient.
    void (*scatter_rows)(Type, const int64_t* ids, const void* rows, int64_t count, int64_t width, float* gradient, int64_t vocabulary, int threads);
    void (*adam)(const AdamTensor*, int64_t count, int threads);
    double (*square_sum)(const float* const* data, const int64_t* counts, int64_t tensors, int threads);
    void (*scale)(float* const* data, const int64_t* counts, int64_t tensors, float by, int threads);
};

/// Rows summed as one piece wherever rows are summed: the order of additions does not depend on the threads.
constexpr int64_t row_chunk = 64;

}
