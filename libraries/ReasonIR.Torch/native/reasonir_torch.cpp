// A thin C interface over libtorch's tensors for the managed binding. Every function catches: a null handle (or -1) means that
// rt_error() holds the message of the calling thread. Handles are at::Tensor on the heap, owned by the caller.
#include "functions/attention.h"
#include "functions/checkpoint.h"
#include "functions/linear.h"
#include "functions/rows.h"
#include "memory.h"
#include <ATen/Functions.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <torch/version.h>
#include <torch/csrc/autograd/autograd.h>
#include <omp.h>

using Handle = at::Tensor*;

static thread_local std::string last_error;
static int wanted_threads = 0;

// OpenMP's number of threads belongs to the calling thread, and .NET calls from many.
static void enter()
{
    static thread_local int have = 0;
    if (have != wanted_threads && wanted_threads > 0) { omp_set_num_threads(wanted_threads); have = wanted_threads; }
}

static Handle keep(at::Tensor t) { return new at::Tensor(std::move(t)); }

template <typename R, typename Body> static R guarded(R failure, Body body)
{
    try { enter(); return body(); }
    catch (const c10::Error& e) { last_error = e.what_without_backtrace(); }
    catch (const std::exception& e) { last_error = e.what(); }
    catch (...) { last_error = "unknown C++ exception"; }
    return failure;
}

struct Number { double real; int64_t whole; int32_t kind; }; // kind: 0 real, 1 whole, 2 boolean
static at::Scalar scalar(const Number& n) { return n.kind == 0 ? at::Scalar(n.real) : n.kind == 1 ? at::Scalar(n.whole) : at::Scalar(n.whole != 0); }
static at::ScalarType type_of(int code) { return (at::ScalarType)code; }
// A device as one number: -2 the CPU, -1 the current CUDA device, i the CUDA device i.
static at::Device device_of(int code) { return code == -2 ? at::Device(at::kCPU) : at::Device(at::kCUDA, (c10::DeviceIndex)code); }
static at::TensorOptions options_of(int type, int device) { return at::TensorOptions(type_of(type)).device(device_of(device)); }
static at::IntArrayRef dims(const int64_t* p, int n) { return at::IntArrayRef(p, (size_t)n); }
static functions::Maybe maybe(Handle h) { return h ? functions::Maybe(*h) : c10::nullopt; }

#define API extern "C" __attribute__((visibility("default")))
#define TENSOR(...) return guarded<Handle>(nullptr, [&]() -> Handle { __VA_ARGS__; })
#define STATUS(...) return guarded<int>(-1, [&]() -> int { __VA_ARGS__; return 0; })

extern "C" void* reasonir_scratch(int slot, int64_t bytes) { return memory::scratch(slot, bytes); }

API const char* rt_error() { return last_error.c_str(); }
API const char* rt_version() { return TORCH_VERSION; }
API const char* rt_blas()
{
    using Text = char* (*)();
    auto core = (Text)dlsym(RTLD_DEFAULT, "openblas_get_corename"); auto config = (Text)dlsym(RTLD_DEFAULT, "openblas_get_config");
    static std::string text;
    text = config ? std::string(config()) + (core ? std::string(" ") + core() : "") : "no OpenBLAS";
    return text.c_str();
}
API int rt_start() { STATUS(memory::install()); }
API const char* rt_kernels() { return functions::kernel().name; }
API int rt_set_kernels(const char* name)
{
    STATUS(auto table = instruction_sets::named(name); TORCH_CHECK(table, "this CPU has no ", name); instruction_sets::chosen() = table);
}
API const char* rt_bf16() { return functions::name_of(functions::bf16_by()); }
API int rt_set_bf16(const char* name) { STATUS(functions::set_bf16_by(name)); }
/// Multiply-adds of int16 pairs in registers alone: how many were done, 0 where the CPU has none.
API int64_t rt_fixed_peak(int64_t steps) { return instruction_sets::has_vnni() && functions::kernel().fixed_peak ? functions::kernel().fixed_peak(steps) : 0; }
API void rt_memory(int64_t* out)
{
    auto& c = memory::counters();
    out[0] = c.live; out[1] = c.peak; out[2] = c.blocks; out[3] = c.kept;
}
API void rt_reset_peak() { auto& c = memory::counters(); c.peak = (int64_t)c.live; }
API void rt_trim(int64_t kept) { memory::trim((size_t)kept); }
API int rt_set_num_threads(int n) { STATUS(wanted_threads = n; at::set_num_threads(n)); }
API int rt_get_num_threads() { return guarded<int>(-1, [] { return at::get_num_threads(); }); }
API int rt_has_cuda() { return guarded<int>(0, [] { return at::detail::getCUDAHooks().hasCUDA() || at::hasCUDA() ? 1 : 0; }); }
API int rt_cuda_devices() { return guarded<int>(0, [] { return at::hasCUDA() ? (int)at::detail::getCUDAHooks().getNumGPUs() : 0; }); }
API int rt_cuda_synchronize(int device) { STATUS(at::detail::getCUDAHooks().deviceSynchronize((int64_t)device)); }
API int rt_grad_enabled() { return at::GradMode::is_enabled() ? 1 : 0; }
API void rt_set_grad_enabled(int on) { at::GradMode::set_enabled(on != 0); }
API int rt_manual_seed(int64_t seed) { STATUS(at::manual_seed((uint64_t)seed)); }
API Handle rt_get_rng_state() { TENSOR(return keep(functions::generator_state())); }
API int rt_set_rng_state(Handle state) { STATUS(functions::set_generator_state(*state)); }

API void rt_free(Handle h) { if (h) functions::fixed_weights().forget(*h); delete h; }
API Handle rt_empty(const int64_t* s, int n, int type, int device) { TENSOR(return keep(at::empty(dims(s, n), options_of(type, device)))); }
API Handle rt_full(const int64_t* s, int n, Number v, int type, int device) { TENSOR(return keep(at::full(dims(s, n), scalar(v), options_of(type, device)))); }
API Handle rt_arange(Number a, Number b, Number step, int type, int device) { TENSOR(return keep(at::arange(scalar(a), scalar(b), scalar(step), options_of(type, device)))); }
API Handle rt_rand(const int64_t* s, int n, int type, int device) { TENSOR(return keep(at::rand(dims(s, n), options_of(type, device)))); }
API Handle rt_randn(const int64_t* s, int n, int type, int device) { TENSOR(return keep(at::randn(dims(s, n), options_of(type, device)))); }
API int rt_device(Handle h) { return h->device().is_cuda() ? h->device().index() : -2; }
API Handle rt_pin_memory(Handle h) { TENSOR(return keep(h->pin_memory())); }
API Handle rt_to_device(Handle h, int device, int copy, int non_blocking) { TENSOR(return keep(h->to(device_of(device), non_blocking != 0, copy != 0))); }

API int64_t rt_dim(Handle h) { return h->dim(); }
API void rt_sizes(Handle h, int64_t* out) { auto s = h->sizes(); std::copy(s.begin(), s.end(), out); }
API int64_t rt_numel(Handle h) { return h->numel(); }
API int64_t rt_bytes(Handle h) { return (int64_t)h->nbytes(); }
API int rt_dtype(Handle h) { return (int)h->scalar_type(); }
API int rt_is_contiguous(Handle h) { return h->is_contiguous() ? 1 : 0; }
API int rt_is_view(Handle h) { return h->is_view() || h->storage().use_count() > 1 ? 1 : 0; }
API int rt_is_leaf(Handle h) { return h->is_leaf() ? 1 : 0; }
/// After a write to rt_data: what was derived from the tensor is out of date.
API void rt_written(Handle h) { h->unsafeGetTensorImpl()->bump_version(); }
API void* rt_data(Handle h) { return guarded<void*>(nullptr, [&] { return h->data_ptr(); }); }
API int rt_requires_grad(Handle h) { return h->requires_grad() ? 1 : 0; }
API int rt_set_requires_grad(Handle h, int on) { STATUS(h->set_requires_grad(on != 0)); }
API Handle rt_grad(Handle h) { TENSOR(auto g = h->grad(); return g.defined() ? keep(g) : (last_error.clear(), nullptr)); }
API int rt_set_grad(Handle h, Handle g) { STATUS(h->mutable_grad() = g ? *g : at::Tensor()); }
API int rt_item(Handle h, Number* out)
{
    STATUS(auto s = h->item(); out->real = s.toDouble(); out->kind = s.isFloatingPoint() ? 0 : s.isBoolean() ? 2 : 1;
           out->whole = out->kind == 0 ? 0 : s.toLong());
}
API int rt_backward(Handle h, Handle gradient, int retain)
{
    STATUS(torch::autograd::backward({*h}, {gradient ? *gradient : at::Tensor()}, retain ? c10::optional<bool>(true) : c10::nullopt));
}

#define UNARY(name) API Handle rt_##name(Handle a) { TENSOR(return keep(at::name(*a))); }
UNARY(neg) UNARY(exp) UNARY(log) UNARY(sqrt) UNARY(rsqrt) UNARY(abs) UNARY(tanh) UNARY(sigmoid) UNARY(silu) UNARY(relu)
UNARY(sin) UNARY(cos) UNARY(erf) UNARY(log1p) UNARY(square) UNARY(sign) UNARY(floor) UNARY(ceil) UNARY(round) UNARY(isfinite) UNARY(isnan) UNARY(all) UNARY(any)
API Handle rt_gelu(Handle a) { TENSOR(return keep(at::gelu(*a))); }
API Handle rt_argmax(Handle a, int64_t d, int keepdim) { TENSOR(return keep(at::argmax(*a, d, keepdim != 0))); }
API Handle rt_cumsum(Handle a, int64_t d) { TENSOR(return keep(at::cumsum(*a, d))); }
API Handle rt_tril(Handle a, int64_t d) { TENSOR(return keep(at::tril(*a, d))); }
API Handle rt_triu(Handle a, int64_t d) { TENSOR(return keep(at::triu(*a, d))); }
API Handle rt_log_sigmoid(Handle a) { TENSOR(return keep(at::log_sigmoid(*a))); }
API Handle rt_index_add(Handle a, int64_t d, Handle i, Handle b) { TENSOR(return keep(at::index_add(*a, d, *i, *b))); }
API int rt_index_add_(Handle a, int64_t d, Handle i, Handle b) { STATUS(a->index_add_(d, *i, *b)); }
API int rt_index_copy_(Handle a, int64_t d, Handle i, Handle b) { STATUS(a->index_copy_(d, *i, *b)); }
API Handle rt_detach(Handle a) { TENSOR(return keep(a->detach())); }
API Handle rt_alias(Handle a) { TENSOR(return keep(*a)); }
API Handle rt_clone(Handle a) { TENSOR(return keep(a->clone())); }
API Handle rt_contiguous(Handle a) { TENSOR(return keep(a->contiguous())); }
API Handle rt_sum(Handle a) { TENSOR(return keep(a->sum())); }
API Handle rt_mean(Handle a) { TENSOR(return keep(a->mean())); }
API Handle rt_max(Handle a) { TENSOR(return keep(a->max())); }
API Handle rt_min(Handle a) { TENSOR(return keep(a->min())); }

#define BINARY(name) API Handle rt_##name(Handle a, Handle b) { TENSOR(return keep(at::name(*a, *b))); }
BINARY(mul) BINARY(div) BINARY(matmul) BINARY(maximum) BINARY(minimum) BINARY(pow) BINARY(logical_and) BINARY(logical_or)
BINARY(eq) BINARY(ne) BINARY(lt) BINARY(le) BINARY(gt) BINARY(ge)
API Handle rt_logical_not(Handle a) { TENSOR(return keep(at::logical_not(*a))); }
API Handle rt_add(Handle a, Handle b, Number alpha) { TENSOR(return keep(at::add(*a, *b, scalar(alpha)))); }
API Handle rt_sub(Handle a, Handle b, Number alpha) { TENSOR(return keep(at::sub(*a, *b, scalar(alpha)))); }
#define SCALAR(name) API Handle rt_##name##_scalar(Handle a, Number b) { TENSOR(return keep(at::name(*a, scalar(b)))); }
SCALAR(add) SCALAR(sub) SCALAR(mul) SCALAR(div) SCALAR(pow) SCALAR(eq) SCALAR(ne) SCALAR(lt) SCALAR(le) SCALAR(gt) SCALAR(ge)
API Handle rt_rsub_scalar(Handle a, Number b) { TENSOR(return keep(at::rsub(*a, scalar(b)))); }
API Handle rt_clamp(Handle a, const Number* low, const Number* high)
{
    TENSOR(return keep(at::clamp(*a, low ? c10::optional<at::Scalar>(scalar(*low)) : c10::nullopt, high ? c10::optional<at::Scalar>(scalar(*high)) : c10::nullopt)));
}

API int rt_add_(Handle a, Handle b, Number alpha) { STATUS(a->add_(*b, scalar(alpha))); }
API int rt_add_scalar_(Handle a, Number b) { STATUS(a->add_(scalar(b))); }
API int rt_sub_(Handle a, Handle b) { STATUS(a->sub_(*b)); }
API int rt_mul_(Handle a, Handle b) { STATUS(a->mul_(*b)); }
API int rt_mul_scalar_(Handle a, Number b) { STATUS(a->mul_(scalar(b))); }
API int rt_div_(Handle a, Handle b) { STATUS(a->div_(*b)); }
API int rt_copy_(Handle a, Handle b) { STATUS(a->copy_(*b)); }
API int rt_fill_(Handle a, Number b) { STATUS(a->fill_(scalar(b))); }
API int rt_normal_(Handle a, double mean, double std) { STATUS(a->normal_(mean, std)); }

API Handle rt_to_type(Handle a, int type, int copy) { TENSOR(return keep(a->to(type_of(type), false, copy != 0))); }
API Handle rt_view(Handle a, const int64_t* s, int n) { TENSOR(return keep(a->view(dims(s, n)))); }
API Handle rt_reshape(Handle a, const int64_t* s, int n) { TENSOR(return keep(a->reshape(dims(s, n)))); }
API Handle rt_expand(Handle a, const int64_t* s, int n) { TENSOR(return keep(a->expand(dims(s, n)))); }
API Handle rt_permute(Handle a, const int64_t* s, int n) { TENSOR(return keep(a->permute(dims(s, n)))); }
API Handle rt_transpose(Handle a, int64_t x, int64_t y) { TENSOR(return keep(a->transpose(x, y))); }
API Handle rt_narrow(Handle a, int64_t d, int64_t start, int64_t length) { TENSOR(return keep(a->narrow(d, start, length))); }
API Handle rt_select(Handle a, int64_t d, int64_t i) { TENSOR(return keep(a->select(d, i))); }
API Handle rt_unsqueeze(Handle a, int64_t d) { TENSOR(return keep(a->unsqueeze(d))); }
API Handle rt_squeeze(Handle a, int64_t d) { TENSOR(return keep(a->squeeze(d))); }
API Handle rt_index_select(Handle a, int64_t d, Handle i) { TENSOR(return keep(a->index_select(d, *i))); }
API Handle rt_gather(Handle a, int64_t d, Handle i) { TENSOR(return keep(a->gather(d, *i))); }
API Handle rt_masked_fill(Handle a, Handle mask, Number v) { TENSOR(return keep(a->masked_fill(*mask, scalar(v)))); }
API Handle rt_where(Handle c, Handle a, Handle b) { TENSOR(return keep(at::where(*c, *a, *b))); }
API Handle rt_repeat_interleave(Handle a, int64_t times, int64_t d, int flat) { TENSOR(return keep(a->repeat_interleave(times, flat ? c10::nullopt : c10::optional<int64_t>(d)))); }
API Handle rt_cat(const Handle* list, int n, int64_t d) { TENSOR(std::vector<at::Tensor> v; for (int i = 0; i < n; i++) v.push_back(*list[i]); return keep(at::cat(v, d))); }
API Handle rt_stack(const Handle* list, int n, int64_t d) { TENSOR(std::vector<at::Tensor> v; for (int i = 0; i < n; i++) v.push_back(*list[i]); return keep(at::stack(v, d))); }

API Handle rt_sum_dims(Handle a, const int64_t* s, int n, int keepdim) { TENSOR(return keep(at::sum(*a, dims(s, n), keepdim != 0))); }
API Handle rt_mean_dims(Handle a, const int64_t* s, int n, int keepdim) { TENSOR(return keep(at::mean(*a, dims(s, n), keepdim != 0))); }
API Handle rt_norm(Handle a, double p, int64_t d, int keepdim) { TENSOR(return keep(at::norm(*a, p, {d}, keepdim != 0))); }
API Handle rt_softmax(Handle a, int64_t d) { TENSOR(return keep(at::softmax(*a, d))); }
API Handle rt_log_softmax(Handle a, int64_t d) { TENSOR(return keep(at::log_softmax(*a, d))); }
API Handle rt_logsumexp(Handle a, int64_t d, int keepdim) { TENSOR(return keep(at::logsumexp(*a, {d}, keepdim != 0))); }
API int rt_max_dim(Handle a, int64_t d, int keepdim, Handle* values, Handle* indices) { STATUS(auto r = at::max(*a, d, keepdim != 0); *values = keep(std::get<0>(r)); *indices = keep(std::get<1>(r))); }
API int rt_topk(Handle a, int64_t k, int64_t d, int largest, int sorted, Handle* values, Handle* indices) { STATUS(auto r = at::topk(*a, k, d, largest != 0, sorted != 0); *values = keep(std::get<0>(r)); *indices = keep(std::get<1>(r))); }

API Handle rt_linear(Handle x, Handle w, Handle b) { TENSOR(return keep(at::linear(*x, *w, maybe(b)))); }
API Handle rt_layer_norm(Handle x, const int64_t* s, int n, Handle w, Handle b, double eps) { TENSOR(return keep(at::layer_norm(*x, dims(s, n), maybe(w), maybe(b), eps))); }
/// libtorch 2 brings it: flash or memory-efficient attention on a GPU.
API int rt_has_scaled_dot_product_attention() { return TORCH_VERSION_MAJOR >= 2 ? 1 : 0; }
API Handle rt_scaled_dot_product_attention(Handle q, Handle k, Handle v, Handle mask, double dropout, int causal)
{
#if TORCH_VERSION_MAJOR >= 2
    TENSOR(return keep(at::scaled_dot_product_attention(*q, *k, *v, maybe(mask), dropout, causal != 0)));
#else
    TENSOR(TORCH_CHECK(false, "scaled_dot_product_attention: libtorch 2 was expected, this is ", TORCH_VERSION); return nullptr);
#endif
}
API Handle rt_dropout(Handle x, double p, int training) { TENSOR(return keep(at::dropout(*x, p, training != 0))); }
API Handle rt_cross_entropy(Handle x, Handle target, Handle weight, int64_t ignore, int reduction, double smoothing) { TENSOR(return keep(at::cross_entropy_loss(*x, *target, maybe(weight), reduction, ignore, smoothing))); }
API Handle rt_embedding(Handle weight, Handle ids) { TENSOR(return keep(functions::embedding(*weight, *ids))); }


struct AttentionOptions { double scale, soft_cap, dropout; int64_t left, right; };

/// k and v null: q is the joined projection of `heads` and `kv_heads` heads.
API Handle rt_attention(Handle q, Handle k, Handle v, Handle offsets, int64_t heads, int64_t kv_heads, AttentionOptions o)
{
    TENSOR(return keep(functions::attention(*q, maybe(k), maybe(v), *offsets, heads, kv_heads, {o.scale, o.left, o.right, o.soft_cap, o.dropout})));
}
API Handle rt_rms_norm(Handle x, Handle w, double eps, double offset) { TENSOR(return keep(functions::rms_norm(*x, *w, eps, offset))); }
API Handle rt_add_layer_norm(Handle x, Handle residual, double dropout, Handle w, Handle b, double eps) { TENSOR(return keep(functions::layer_norm(*x, maybe(residual), dropout, *w, maybe(b), eps))); }
API Handle rt_rotary(Handle x, Handle cos, Handle sin, int64_t turned) { TENSOR(return keep(functions::rotary(*x, *cos, *sin, turned))); }
API Handle rt_gated(Handle x, int kind) { TENSOR(return keep(functions::gated(*x, kind))); }
API Handle rt_fused_linear(Handle x, Handle w, Handle b, int activation, Handle residual, int constant) { TENSOR(return keep(functions::linear(*x, *w, maybe(b), activation, maybe(residual), constant != 0))); }
API Handle rt_dropout_add(Handle x, Handle residual, double p) { TENSOR(return keep(functions::dropout_add(*x, maybe(residual), p))); }
API Handle rt_checkpoint(void* managed, functions::Run run, functions::Release release, Handle input)
{
    TENSOR(auto segment = std::make_shared<functions::Segment>(managed, run, release); return keep(functions::checkpoint(std::move(segment), *input)));
}

/// One step of AdamW over a list: numbers holds for each tensor lr, beta1, beta2, eps, weight decay and the step's number.
API int rt_adamw(const Handle* p, const Handle* g, const Handle* m, const Handle* v, const double* numbers, int n)
{
    STATUS(
        at::NoGradGuard guard;
        std::vector<kernels::AdamTensor> list; std::vector<at::Tensor> held;
        for (int i = 0; i < n; i++) {
            auto a = numbers + 6 * i; double lr = a[0], b1 = a[1], b2 = a[2], eps = a[3], decay = a[4], c1 = 1 - std::pow(b1, a[5]), c2 = 1 - std::pow(b2, a[5]);
            auto& w = *p[i];
            bool plain = true;
            for (auto t : {p[i], m[i], v[i]}) plain = plain && t->device().is_cpu() && t->scalar_type() == at::kFloat && t->is_contiguous();
            if (plain) {
                held.push_back(g[i]->to(at::kFloat).contiguous());
                list.push_back({w.data_ptr<float>(), m[i]->data_ptr<float>(), v[i]->data_ptr<float>(), held.back().data_ptr<float>(), w.numel(),
                    (float)(1 - lr * decay), (float)b1, (float)b2, (float)std::sqrt(c2), (float)eps, (float)(lr / c1)});
                w.unsafeGetTensorImpl()->bump_version();
            } else {
                auto gradient = g[i]->to(m[i]->scalar_type());
                m[i]->mul_(b1).add_(gradient, 1 - b1);
                v[i]->mul_(b2).addcmul_(gradient, gradient, 1 - b2);
                auto step = m[i]->div(v[i]->sqrt().div_(std::sqrt(c2)).add_(eps)).mul_(lr / c1);
                w.mul_(1 - lr * decay).sub_(step.to(w.scalar_type()));
            }
        }
        functions::kernel().adam(list.data(), (int64_t)list.size(), at::get_num_threads()));
}

/// The global norm of the gradients (accumulated in double), which are scaled by min(1, max / (norm + 1e-6)).
API double rt_clip_grad_norm(const Handle* list, int n, double max_norm, double norm_type)
{
    return guarded<double>(-1, [&] {
        at::NoGradGuard guard;
        double total = 0; std::vector<float*> data; std::vector<int64_t> counts; std::vector<at::Tensor> others;
        for (int i = 0; i < n; i++) {
            auto g = list[i]->grad();
            if (!g.defined()) continue;
            if (norm_type == 2 && g.device().is_cpu() && g.scalar_type() == at::kFloat && g.is_contiguous()) {
                data.push_back(g.data_ptr<float>());
                counts.push_back(g.numel());
                continue;
            }
            others.push_back(g);
            double each = at::norm(g, c10::optional<at::Scalar>(norm_type), g.device().is_cpu() ? at::kDouble : at::kFloat).item().toDouble();
            total = std::isinf(norm_type) ? std::max(total, each) : total + std::pow(each, norm_type);
        }
        int64_t count = (int64_t)data.size(); int threads = at::get_num_threads();
        if (count > 0) total += functions::kernel().square_sum(data.data(), counts.data(), count, threads);
        if (!std::isinf(norm_type)) total = std::pow(total, 1.0 / norm_type);
        double factor = std::min(1.0, max_norm / (total + 1e-6));
        if (factor < 1) {
            functions::kernel().scale(data.data(), counts.data(), count, (float)factor, threads);
            for (auto& g : others) g.mul_(factor);
        }
        return total;
    });
}
