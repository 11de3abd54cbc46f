// What the functions over tensors share. A function's kernel runs on CPU tensors of f32, bf16 or f64.
#pragma once
#include "../instruction_sets.h"
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/version.h>
#include <mutex>

namespace functions {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Kernels = kernels::Table;

/// A tensor that may be absent. (Undefined tensors cannot be inputs of an autograd function.)
using Maybe = c10::optional<Tensor>;
inline Tensor given(const Maybe& x) { return x.has_value() ? *x : Tensor(); }

inline const kernels::Table& kernel() { return *instruction_sets::chosen(); }
inline int threads() { return at::get_num_threads(); }

inline kernels::Type type_of(const Tensor& x, const char* name)
{
    TORCH_CHECK(x.device().is_cpu(), name, ": a tensor on the CPU was expected, got ", x.device());
    switch (x.scalar_type()) {
        case at::kFloat: return kernels::f32;
        case at::kBFloat16: return kernels::bf16;
        case at::kDouble: return kernels::f64;
        default: TORCH_CHECK(false, name, ": float32, bfloat16 or float64 was expected, got ", x.scalar_type());
    }
}

inline kernels::Activation activation_of(int64_t code)
{
    TORCH_CHECK(code >= kernels::none && code <= kernels::tanh_, "activation: the code ", code, " is unknown");
    return (kernels::Activation)code;
}

/// The type of sums and statistics beside x.
inline at::ScalarType wide(const Tensor& x) { return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }

/// Weights beside activations have their type, or are f32 beside bf16.
inline kernels::Type weight_type(const Tensor& x, const Tensor& weight, const char* name)
{
    TORCH_CHECK(weight.scalar_type() == x.scalar_type() || (x.scalar_type() == at::kBFloat16 && weight.scalar_type() == at::kFloat),
        name, ": a weight of ", x.scalar_type(), " was expected, got ", weight.scalar_type());
    return type_of(weight, name);
}

inline bool recorded(std::initializer_list<Tensor> inputs)
{
    if (!at::GradMode::is_enabled()) return false;
    for (auto& t : inputs) if (t.defined() && t.requires_grad()) return true;
    return false;
}

/// Fresh 64 random bits of the default generator: so masks follow manual_seed and the saved generator state.
inline int64_t draw_seed()
{
    auto generator = at::get_generator_or_default<at::CPUGeneratorImpl>(c10::nullopt, at::detail::getDefaultCPUGenerator());
    std::lock_guard<std::mutex> lock(generator->mutex_);
    return (int64_t)generator->random64();
}

}
