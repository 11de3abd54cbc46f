// Kernels that libtorch 1.13 lacks: attention over packed (unpadded) sequences and dropout with a counter-based mask, both
// with their backward pass. Nothing of a mask or of the attention probabilities is stored: backward recomputes them.
#pragma once
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <omp.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <mutex>
#include <vector>

// Loops marked so are compiled for several instruction sets and chosen when the library is loaded.
#if defined(__x86_64__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

extern "C" {
__attribute__((weak)) void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*,
                                  const int*, const float*, const int*, const float*, float*, const int*);
__attribute__((weak)) void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*,
                                  const int*, const double*, const int*, const double*, double*, const int*);
}

namespace fused {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

inline bool has_blas(float) { return sgemm_ != nullptr; }
inline bool has_blas(double) { return dgemm_ != nullptr; }
inline void blas(char ta, char tb, int m, int n, int k, float al, const float* a, int lda, const float* b, int ldb, float be, float* c, int ldc)
{ sgemm_(&ta, &tb, &m, &n, &k, &al, a, &lda, b, &ldb, &be, c, &ldc); }
inline void blas(char ta, char tb, int m, int n, int k, double al, const double* a, int lda, const double* b, int ldb, double be, double* c, int ldc)
{ dgemm_(&ta, &tb, &m, &n, &k, &al, a, &lda, b, &ldb, &be, c, &ldc); }

/// Row-major C[m,n] = alpha * op(A) op(B) + beta * C; strides are row lengths in memory. A libtorch without a public BLAS
/// takes the way through ATen, slower and equal.
template <typename F>
void gemm(bool ta, bool tb, int m, int n, int k, F alpha, const F* a, int lda, const F* b, int ldb, F beta, F* c, int ldc)
{
    if (has_blas(F{})) {
        blas(tb ? 'T' : 'N', ta ? 'T' : 'N', n, m, k, alpha, b, ldb, a, lda, beta, c, ldc);
        return;
    }
    at::AutoDispatchBelowADInplaceOrView guard;
    auto options = at::TensorOptions().dtype(c10::CppTypeToScalarType<F>::value);
    auto x = ta ? at::from_blob((void*)a, {k, m}, {lda, 1}, options).t() : at::from_blob((void*)a, {m, k}, {lda, 1}, options);
    auto y = tb ? at::from_blob((void*)b, {n, k}, {ldb, 1}, options).t() : at::from_blob((void*)b, {k, n}, {ldb, 1}, options);
    auto z = at::from_blob(c, {m, n}, {ldc, 1}, options);
    auto product = at::mm(x, y);
    if (beta == F(0)) z.copy_(product.mul_(alpha)); else z.mul_(beta).add_(product, alpha);
}

/// Fresh 64 random bits of the default generator: so masks follow manual_seed and the saved generator state.
inline int64_t draw_seed()
{
    auto generator = at::get_generator_or_default<at::CPUGeneratorImpl>(c10::nullopt, at::detail::getDefaultCPUGenerator());
    std::lock_guard<std::mutex> lock(generator->mutex_);
    return (int64_t)generator->random64();
}

inline uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

/// The random bits of element j under a key (xxhash-like finalizer with the constants of Wellons' "lowbias32").
inline uint32_t bits(uint32_t key, uint32_t j)
{
    uint32_t x = j * 0x9E3779B9u ^ key;
    x ^= x >> 16; x *= 0x7FEB352Du;
    x ^= x >> 15; x *= 0x846CA68Bu;
    return x ^ (x >> 16);
}

inline uint32_t threshold(double p) { return (uint32_t)std::min(4294967295.0, p * 4294967296.0); }

/// exp for x <= 0 by range reduction and a degree-6 polynomial: relative error below 3e-7, and the loop around it vectorizes.
inline float exp_of(float x)
{
    x = x < -87.f ? -87.f : x;
    float n = (x * 1.44269504f + 12582912.f) - 12582912.f;
    float r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
    float y = 1.f + r * (1.f + r * (0.5f + r * (0.166666672f + r * (0.0416664853f + r * (0.00833337125f + r * 0.00139168487f)))));
    int32_t e = ((int32_t)n + 127) << 23;
    float scale; std::memcpy(&scale, &e, 4);
    return y * scale;
}
inline double exp_of(double x) { return std::exp(x); }

template <typename F> inline F row_max(const F* x, int64_t n) { F m = x[0]; for (int64_t j = 1; j < n; j++) m = x[j] > m ? x[j] : m; return m; }

// target_clones does not take templates: the hot rows are written for float and once more, unvectorized, for double.
WIDE inline float exp_row(float* x, int64_t n, float m) { float s = 0; 
#pragma omp simd reduction(+:s)
    for (int64_t j = 0; j < n; j++) { x[j] = exp_of(x[j] - m); s += x[j]; } return s; }
inline double exp_row(double* x, int64_t n, double m) { double s = 0; for (int64_t j = 0; j < n; j++) { x[j] = exp_of(x[j] - m); s += x[j]; } return s; }

WIDE inline float max_row(const float* x, int64_t n) { float m = x[0];
#pragma omp simd reduction(max:m)
    for (int64_t j = 0; j < n; j++) m = x[j] > m ? x[j] : m; return m; }
inline double max_row(const double* x, int64_t n) { return row_max(x, n); }

WIDE inline void scale_row(float* x, int64_t n, float by) { for (int64_t j = 0; j < n; j++) x[j] *= by; }
inline void scale_row(double* x, int64_t n, double by) { for (int64_t j = 0; j < n; j++) x[j] *= by; }

/// x[j] *= keep(j) ? by : 0
WIDE inline void mask_row(float* x, int64_t n, float by, uint32_t key, uint32_t limit) { for (int64_t j = 0; j < n; j++) x[j] *= bits(key, (uint32_t)j) >= limit ? by : 0.f; }
inline void mask_row(double* x, int64_t n, double by, uint32_t key, uint32_t limit) { for (int64_t j = 0; j < n; j++) x[j] *= bits(key, (uint32_t)j) >= limit ? by : 0.; }

/// One row of the softmax's gradient: ds[j] = p[j] * (dp[j] - delta), into dp.
WIDE inline void softmax_gradient_row(float* dp, const float* p, int64_t n, float delta) { for (int64_t j = 0; j < n; j++) dp[j] = p[j] * (dp[j] - delta); }
inline void softmax_gradient_row(double* dp, const double* p, int64_t n, double delta) { for (int64_t j = 0; j < n; j++) dp[j] = p[j] * (dp[j] - delta); }

WIDE inline float dot_row(const float* a, const float* b, int64_t n) { float s = 0;
#pragma omp simd reduction(+:s)
    for (int64_t j = 0; j < n; j++) s += a[j] * b[j]; return s; }
inline double dot_row(const double* a, const double* b, int64_t n) { double s = 0; for (int64_t j = 0; j < n; j++) s += a[j] * b[j]; return s; }

/// Query rows handled at a time: their scores (rows x keys) stay in the second-level cache up to some thousand keys.
constexpr int block_rows = 128;

inline uint32_t row_key(int64_t seed, int64_t token, int64_t head) { return (uint32_t)mix((uint64_t)seed ^ mix((uint64_t)(token << 12 | head))); }

/// Runs body(sequence, head, scratch) for all pairs, longest work free to any thread; each pair writes its own rows only,
/// so the result does not depend on the number of threads.
template <typename F, typename Body>
void each_head(const int64_t* offsets, int64_t sequences, int64_t heads, int64_t scratch, Body body)
{
    std::string error;
#pragma omp parallel num_threads(at::get_num_threads())
    {
        std::vector<F> buffer(scratch);
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < sequences * heads; i++) {
            try { if (offsets[i / heads + 1] > offsets[i / heads]) body(i / heads, i % heads, buffer.data()); }
            catch (const std::exception& e) {
#pragma omp critical
                error = e.what();
            }
        }
    }
    TORCH_CHECK(error.empty(), error);
}

inline int64_t longest(const int64_t* offsets, int64_t n) { int64_t m = 0; for (int64_t i = 0; i < n; i++) m = std::max(m, offsets[i + 1] - offsets[i]); return m; }

template <typename F>
void attention_forward(const Tensor& qkv, const Tensor& offsets, int64_t heads, double p, int64_t seed, Tensor& out, Tensor& lse)
{
    int64_t hidden = qkv.size(1) / 3, d = hidden / heads, ld = 3 * hidden, n = offsets.numel() - 1;
    auto off = offsets.data_ptr<int64_t>(); auto x = qkv.data_ptr<F>(); auto o = out.data_ptr<F>(); auto ls = lse.data_ptr<F>();
    F scale = F(1) / std::sqrt(F(d)), keep = F(1.0 / (1.0 - p));
    uint32_t limit = threshold(p);
    each_head<F>(off, n, heads, block_rows * longest(off, n), [&](int64_t s, int64_t h, F* scores) {
        int64_t start = off[s], length = off[s + 1] - start;
        const F *q = x + start * ld + h * d, *k = q + hidden, *v = k + hidden;
        for (int64_t i = 0; i < length; i += block_rows) {
            int rows = (int)std::min<int64_t>(block_rows, length - i);
            gemm<F>(false, true, rows, (int)length, (int)d, scale, q + i * ld, (int)ld, k, (int)ld, F(0), scores, (int)length);
            for (int r = 0; r < rows; r++) {
                F* row = scores + r * length; int64_t token = start + i + r;
                F m = max_row(row, length), sum = exp_row(row, length, m);
                ls[token * heads + h] = m + std::log(sum);
                if (p > 0) mask_row(row, length, keep / sum, row_key(seed, token, h), limit); else scale_row(row, length, F(1) / sum);
            }
            gemm<F>(false, false, rows, (int)d, (int)length, F(1), scores, (int)length, v, (int)ld, F(0), o + (start + i) * hidden + h * d, (int)hidden);
        }
    });
}

template <typename F>
void attention_backward(const Tensor& qkv, const Tensor& offsets, int64_t heads, double p, int64_t seed, const Tensor& out, const Tensor& lse, const Tensor& dout, Tensor& dqkv)
{
    int64_t hidden = qkv.size(1) / 3, d = hidden / heads, ld = 3 * hidden, n = offsets.numel() - 1;
    auto off = offsets.data_ptr<int64_t>(); auto x = qkv.data_ptr<F>(); auto dx = dqkv.data_ptr<F>();
    auto o = out.data_ptr<F>(); auto go = dout.data_ptr<F>(); auto ls = lse.data_ptr<F>();
    F scale = F(1) / std::sqrt(F(d)), keep = F(1.0 / (1.0 - p));
    uint32_t limit = threshold(p);
    int64_t most = block_rows * longest(off, n);
    each_head<F>(off, n, heads, 2 * most, [&](int64_t s, int64_t h, F* scores) {
        F* grad = scores + most;
        int64_t start = off[s], length = off[s + 1] - start;
        const F *q = x + start * ld + h * d, *k = q + hidden, *v = k + hidden;
        F *dq = dx + start * ld + h * d, *dk = dq + hidden, *dv = dk + hidden;
        for (int64_t i = 0; i < length; i += block_rows) {
            int rows = (int)std::min<int64_t>(block_rows, length - i); F beta = i == 0 ? F(0) : F(1);
            const F* g = go + (start + i) * hidden + h * d;
            gemm<F>(false, true, rows, (int)length, (int)d, scale, q + i * ld, (int)ld, k, (int)ld, F(0), scores, (int)length);
            gemm<F>(false, true, rows, (int)length, (int)d, F(1), g, (int)hidden, v, (int)ld, F(0), grad, (int)length);
            for (int r = 0; r < rows; r++) {
                F *row = scores + r * length, *grow = grad + r * length; int64_t token = start + i + r;
                F delta = dot_row(go + token * hidden + h * d, o + token * hidden + h * d, d);
                exp_row(row, length, ls[token * heads + h]);
                if (p > 0) mask_row(grow, length, keep, row_key(seed, token, h), limit);
                softmax_gradient_row(grow, row, length, delta);
                if (p > 0) mask_row(row, length, keep, row_key(seed, token, h), limit);
            }
            gemm<F>(true, false, (int)length, (int)d, rows, F(1), scores, (int)length, g, (int)hidden, beta, dv, (int)ld);
            gemm<F>(false, false, rows, (int)d, (int)length, scale, grad, (int)length, k, (int)ld, F(0), dq + i * ld, (int)ld);
            gemm<F>(true, false, (int)length, (int)d, rows, scale, grad, (int)length, q + i * ld, (int)ld, beta, dk, (int)ld);
        }
    });
}

inline void check_attention(const Tensor& qkv, const Tensor& offsets, int64_t heads, double p)
{
    TORCH_CHECK(qkv.dim() == 2 && qkv.size(1) % (3 * heads) == 0, "attention: qkv must be [tokens, 3 * hidden] with hidden a multiple of ", heads, " heads");
    TORCH_CHECK(qkv.scalar_type() == at::kFloat || qkv.scalar_type() == at::kDouble, "attention: float32 or float64 expected, got ", qkv.scalar_type());
    TORCH_CHECK(offsets.dim() == 1 && offsets.scalar_type() == at::kLong && offsets.numel() >= 1 && offsets.is_contiguous(), "attention: offsets must be int64 [sequences + 1]");
    TORCH_CHECK(p >= 0 && p < 1, "attention: dropout must be in [0, 1), got ", p);
    auto o = offsets.data_ptr<int64_t>(); auto n = offsets.numel() - 1;
    TORCH_CHECK(o[0] == 0 && o[n] == qkv.size(0), "attention: offsets must run from 0 to ", qkv.size(0), " tokens");
    for (int64_t i = 0; i < n; i++) TORCH_CHECK(o[i] <= o[i + 1], "attention: offsets must not fall");
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
    static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& offsets, int64_t heads, double p)
    {
        check_attention(input, offsets, heads, p);
        auto qkv = input.contiguous();
        int64_t seed = p > 0 ? draw_seed() : 0;
        auto out = at::empty({qkv.size(0), qkv.size(1) / 3}, qkv.options()), lse = at::empty({qkv.size(0), heads}, qkv.options());
        if (qkv.scalar_type() == at::kFloat) attention_forward<float>(qkv, offsets, heads, p, seed, out, lse);
        else attention_forward<double>(qkv, offsets, heads, p, seed, out, lse);
        context->save_for_backward({qkv, offsets, out, lse});
        context->saved_data["heads"] = heads; context->saved_data["p"] = p; context->saved_data["seed"] = seed;
        return out;
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto saved = context->get_saved_variables();
        auto dqkv = at::empty_like(saved[0]); auto dout = grads[0].contiguous();
        int64_t heads = context->saved_data["heads"].toInt(), seed = context->saved_data["seed"].toInt(); double p = context->saved_data["p"].toDouble();
        if (saved[0].scalar_type() == at::kFloat) attention_backward<float>(saved[0], saved[1], heads, p, seed, saved[2], saved[3], dout, dqkv);
        else attention_backward<double>(saved[0], saved[1], heads, p, seed, saved[2], saved[3], dout, dqkv);
        return {dqkv, Tensor(), Tensor(), Tensor()};
    }
};

constexpr int64_t span = 4096; // elements under one key

template <typename F>
void dropout_kernel(const F* x, const F* residual, F* y, int64_t n, double p, int64_t seed)
{
    uint32_t limit = threshold(p); F keep = F(1.0 / (1.0 - p));
    at::parallel_for(0, (n + span - 1) / span, 16, [&](int64_t from, int64_t to) {
        for (int64_t b = from; b < to; b++) {
            int64_t start = b * span, count = std::min(span, n - start);
            std::memcpy(y + start, x + start, count * sizeof(F));
            mask_row(y + start, count, keep, (uint32_t)mix((uint64_t)seed ^ mix((uint64_t)b)), limit);
            if (residual) for (int64_t j = 0; j < count; j++) y[start + j] += residual[start + j];
        }
    });
}

inline Tensor masked(const Tensor& x, const Tensor& residual, double p, int64_t seed)
{
    auto y = at::empty_like(x);
    if (x.scalar_type() == at::kFloat) dropout_kernel<float>(x.data_ptr<float>(), residual.defined() ? residual.data_ptr<float>() : nullptr, y.data_ptr<float>(), x.numel(), p, seed);
    else dropout_kernel<double>(x.data_ptr<double>(), residual.defined() ? residual.data_ptr<double>() : nullptr, y.data_ptr<double>(), x.numel(), p, seed);
    return y;
}

inline void check_dropout(const Tensor& x, double p)
{
    TORCH_CHECK(p > 0 && p < 1, "dropout: the rate must be in (0, 1), got ", p);
    TORCH_CHECK(x.scalar_type() == at::kFloat || x.scalar_type() == at::kDouble, "dropout: float32 or float64 expected, got ", x.scalar_type());
}

/// residual + dropout(x): the end of every block of a transformer.
struct DropoutAdd : torch::autograd::Function<DropoutAdd> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& residual, double p)
    {
        check_dropout(x, p);
        TORCH_CHECK(residual.sizes() == x.sizes() && residual.scalar_type() == x.scalar_type(), "dropout: the residual must have the input's shape and type");
        int64_t seed = draw_seed();
        context->saved_data["p"] = p; context->saved_data["seed"] = seed;
        return masked(x.contiguous(), residual.contiguous(), p, seed);
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        return {masked(grads[0].contiguous(), Tensor(), context->saved_data["p"].toDouble(), context->saved_data["seed"].toInt()), grads[0], Tensor()};
    }
};

struct Dropout : torch::autograd::Function<Dropout> {
    static Tensor forward(AutogradContext* context, const Tensor& x, double p)
    {
        check_dropout(x, p);
        int64_t seed = draw_seed();
        context->saved_data["p"] = p; context->saved_data["seed"] = seed;
        return masked(x.contiguous(), Tensor(), p, seed);
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        return {masked(grads[0].contiguous(), Tensor(), context->saved_data["p"].toDouble(), context->saved_data["seed"].toInt()), Tensor()};
    }
};

/// One step of AdamW (decoupled decay, Loshchilov and Hutter 2019) in one pass over memory, in the order of PyTorch's own.
WIDE inline void adamw_row(float* p, const float* g, float* m, float* v, int64_t n, float decay, float b1, float b2, float root2, float eps, float size)
{
    for (int64_t i = 0; i < n; i++) {
        m[i] = m[i] * b1 + g[i] * (1.f - b1);
        v[i] = v[i] * b2 + (g[i] * g[i]) * (1.f - b2);
        p[i] = p[i] * decay - size * (m[i] / (std::sqrt(v[i]) / root2 + eps));
    }
}

inline void adamw(Tensor& p, const Tensor& grad, Tensor& m, Tensor& v, double lr, double b1, double b2, double eps, double weight_decay, int64_t step)
{
    double c1 = 1 - std::pow(b1, (double)step), c2 = 1 - std::pow(b2, (double)step);
    at::NoGradGuard guard;
    if (p.scalar_type() != at::kFloat || !p.is_contiguous() || !m.is_contiguous() || !v.is_contiguous()) {
        p.mul_(1 - lr * weight_decay);
        m.mul_(b1).add_(grad, 1 - b1);
        v.mul_(b2).addcmul_(grad, grad, 1 - b2);
        p.addcdiv_(m, v.sqrt().div_(std::sqrt(c2)).add_(eps), -lr / c1);
        return;
    }
    auto g = grad.contiguous();
    auto pp = p.data_ptr<float>(); auto gp = g.data_ptr<float>(); auto mp = m.data_ptr<float>(); auto vp = v.data_ptr<float>();
    at::parallel_for(0, p.numel(), 1 << 15, [&](int64_t a, int64_t b) {
        adamw_row(pp + a, gp + a, mp + a, vp + a, b - a, (float)(1 - lr * weight_decay), (float)b1, (float)b2, (float)std::sqrt(c2), (float)eps, (float)(lr / c1));
    });
    p.unsafeGetTensorImpl()->bump_version();
}

}
