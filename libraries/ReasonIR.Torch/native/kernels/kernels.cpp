// Compiled once for each instruction set, with KERNELS_NAME as its name: see table.h.
#include "attention.h"
#include "fixed.h"
#include "optimizer.h"
#include "rows.h"

extern "C" void* reasonir_scratch(int slot, int64_t bytes);

namespace kernels { namespace KERNELS_NAME {

void* scratch(int slot, int64_t bytes) { return reasonir_scratch(slot, bytes); }

// The storage type T of activations, and W of weights beside them: their own, or f32 beside bf16.
#define TYPED(type, ...) KERNELS_BY_TYPE(type, T, __VA_ARGS__)
#define WEIGHED(type, weight_type, ...) \
    if (type == bf16 && weight_type == f32) { typedef Half T; typedef float W; __VA_ARGS__; } \
    else if (type == bf16) { typedef Half T; typedef Half W; __VA_ARGS__; } \
    else if (type == f32) { typedef float T; typedef float W; __VA_ARGS__; } \
    else { typedef double T; typedef double W; __VA_ARGS__; }

// The products and their forms in fixed point, where there are any.
#if defined(__AVX512F__)
static void multiply(const Product& s) { s.fixed ? fixed_product(s) : product(s); }
#define KERNELS_PRODUCTS multiply, fixed_bytes, fix, fixed_peak
#else
#define KERNELS_PRODUCTS product, nullptr, nullptr, nullptr
#endif

static void dropout(Type type, const void* x, const void* residual, void* y, int64_t count, int64_t width, double p, int64_t seed, int threads)
{
    TYPED(type, dropout_of<T>((const T*)x, (const T*)residual, (T*)y, count, width, p, seed, team(threads, count)));
}
static void rms_norm(Type type, const void* x, Type wt, const void* weight, double eps, double offset, void* y, void* inverse, int64_t rows, int64_t width, int threads)
{
    WEIGHED(type, wt, rms_norm_of<T, W>((const T*)x, (const W*)weight, eps, offset, (T*)y, (wide<T>*)inverse, rows, width, team(threads, rows * width)));
}
static void rms_norm_backward(Type type, const void* x, Type wt, const void* weight, double offset, const void* inverse, const void* dy, void* dx, void* dweight, int64_t rows, int64_t width, int threads)
{
    WEIGHED(type, wt, rms_norm_backward_of<T, W>((const T*)x, (const W*)weight, offset, (const wide<T>*)inverse, (const T*)dy, (T*)dx, (wide<T>*)dweight, rows, width, team(threads, rows * width)));
}
static void layer_norm(Type type, const void* x, const void* residual, double p, int64_t seed, Type wt, const void* weight, const void* bias, double eps,
                       void* sum, void* y, void* statistics, int64_t rows, int64_t width, int threads)
{
    WEIGHED(type, wt, layer_norm_of<T, W>((const T*)x, (const T*)residual, p, seed, (const W*)weight, (const W*)bias, eps, (T*)sum, (T*)y, (wide<T>*)statistics, rows, width, team(threads, rows * width)));
}
static void layer_norm_backward(Type type, const void* x, Type wt, const void* weight, const void* statistics, const void* dy, void* dx, void* dweight, void* dbias, int64_t rows, int64_t width, int threads)
{
    WEIGHED(type, wt, layer_norm_backward_of<T, W>((const T*)x, (const W*)weight, (const wide<T>*)statistics, (const T*)dy, (T*)dx, (wide<T>*)dweight, (wide<T>*)dbias, rows, width, team(threads, rows * width)));
}
static void rotary(Type type, const void* x, int64_t token, int64_t head, const float* cos, const float* sin, double sign, void* y, int64_t tokens, int64_t heads, int64_t turned, int64_t width, int threads)
{
    TYPED(type, rotary_of<T>((const T*)x, token, head, cos, sin, wide<T>(sign), (T*)y, tokens, heads, turned, width, team(threads, tokens * heads * width)));
}
static void gated(Type type, Activation act, const void* x, void* y, int64_t rows, int64_t n, int threads)
{
    TYPED(type, KERNELS_BY_ACTIVATION(act, A, gated_of<T, A>((const T*)x, (T*)y, rows, n, team(threads, rows * n))));
}
static void gated_backward(Type type, Activation act, const void* x, const void* dy, void* dx, int64_t rows, int64_t n, int threads)
{
    TYPED(type, KERNELS_BY_ACTIVATION(act, A, gated_backward_of<T, A>((const T*)x, (const T*)dy, (T*)dx, rows, n, team(threads, rows * n))));
}
static void activation(Type type, Activation act, const void* x, void* y, int64_t count, int threads)
{
    TYPED(type, KERNELS_BY_ACTIVATION(act, A, activation_of<T, A>((const T*)x, (const T*)nullptr, (T*)y, count, team(threads, count))));
}
static void activation_backward(Type type, Activation act, const void* x, const void* dy, void* dx, int64_t count, int threads)
{
    TYPED(type, KERNELS_BY_ACTIVATION(act, A, activation_of<T, A>((const T*)x, (const T*)dy, (T*)dx, count, team(threads, count))));
}
static void column_sums(Type type, const void* x, int64_t rows, int64_t width, int64_t ld, void* y, int threads)
{
    TYPED(type, column_sums_of<T>((const T*)x, rows, width, ld, (wide<T>*)y, team(threads, rows * width)));
}
static void scatter_rows(Type type, const int64_t* ids, const void* rows, int64_t count, int64_t width, float* gradient, int64_t vocabulary, int threads)
{
    TYPED(type, scatter_rows_of<T>(ids, (const T*)rows, count, width, gradient, vocabulary, team(threads, count * width)));
}

} }

#define KERNELS_TEXT2(x) #x
#define KERNELS_TEXT(x) KERNELS_TEXT2(x)
#define KERNELS_ENTRY2(x) reasonir_kernels_##x
#define KERNELS_ENTRY(x) KERNELS_ENTRY2(x)

extern "C" const kernels::Table* KERNELS_ENTRY(KERNELS_NAME)()
{
    using namespace kernels::KERNELS_NAME;
    static const kernels::Table table = {
        KERNELS_TEXT(KERNELS_NAME), KERNELS_PRODUCTS, kernels::KERNELS_NAME::attention, kernels::KERNELS_NAME::attention_backward, dropout, rms_norm, rms_norm_backward, layer_norm, layer_norm_backward,
        rotary, gated, gated_backward, activation, activation_backward, column_sums, scatter_rows, adam, square_sum, scale,
    };
    return &table;
}
