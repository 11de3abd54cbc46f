// Norms, rotary positions, gates and dropout as functions of tensors.
#pragma once
#include "common.h"

namespace functions {

struct RmsNorm : torch::autograd::Function<RmsNorm> {
    static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight, double eps, double offset)
    {
        auto type = type_of(input, "RMSNorm"), weights = weight_type(input, weight, "RMSNorm");
        TORCH_CHECK(input.dim() >= 1 && weight.dim() == 1 && weight.size(0) == input.size(-1), "RMSNorm: a weight [", input.size(-1), "] was expected, got ", weight.sizes());
        auto x = input.contiguous(), w = weight.contiguous();
        int64_t width = x.size(-1), rows = width == 0 ? 0 : x.numel() / width;
        auto y = at::empty_like(x), inverse = at::empty({rows}, x.options().dtype(wide(x)));
        kernel().rms_norm(type, x.data_ptr(), weights, w.data_ptr(), eps, offset, y.data_ptr(), inverse.data_ptr(), rows, width, threads());
        if (context) {
            context->save_for_backward({x, w, inverse});
            context->saved_data["offset"] = offset;
        }
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto saved = context->get_saved_variables();
        auto x = saved[0], w = saved[1], dy = grads[0].contiguous();
        auto dx = at::empty_like(x), dw = at::empty(w.sizes(), x.options().dtype(wide(x)));
        kernel().rms_norm_backward(type_of(x, "RMSNorm"), x.data_ptr(), type_of(w, "RMSNorm"), w.data_ptr(), context->saved_data["offset"].toDouble(), saved[2].data_ptr(),
            dy.data_ptr(), dx.data_ptr(), dw.data_ptr(), saved[2].numel(), x.size(-1), threads());
        return {dx, dw.to(w.scalar_type()), Tensor(), Tensor()};
    }
};

inline Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps, double offset)
{
    return recorded({x, weight}) ? RmsNorm::apply(x, weight, eps, offset) : RmsNorm::forward(nullptr, x, weight, eps, offset);
}

/// Layer norm of residual + dropout(x), or of x where there is no residual.
struct LayerNorm : torch::autograd::Function<LayerNorm> {
    static Tensor forward(AutogradContext* context, const Tensor& input, const Maybe& added, double dropout, const Tensor& weight, const Maybe& shift, double eps)
    {
        auto residual = given(added), bias = given(shift);
        auto type = type_of(input, "layer norm"), weights = weight_type(input, weight, "layer norm");
        TORCH_CHECK(input.dim() >= 1 && weight.dim() == 1 && weight.size(0) == input.size(-1), "layer norm: a weight [", input.size(-1), "] was expected, got ", weight.sizes());
        TORCH_CHECK(!bias.defined() || (bias.sizes() == weight.sizes() && bias.scalar_type() == weight.scalar_type()), "layer norm: weight and bias must have one shape and type");
        TORCH_CHECK(!residual.defined() || (residual.sizes() == input.sizes() && residual.scalar_type() == input.scalar_type()), "layer norm: the residual must have the input's shape and type");
        TORCH_CHECK(dropout >= 0 && dropout < 1 && (dropout == 0 || residual.defined()), "layer norm: dropout must be in [0, 1) and have a residual");
        auto x = input.contiguous(), w = weight.contiguous(); Tensor r, b;
        if (residual.defined()) r = residual.contiguous();
        if (bias.defined()) b = bias.contiguous();
        int64_t width = x.size(-1), rows = width == 0 ? 0 : x.numel() / width, seed = dropout > 0 ? draw_seed() : 0;
        auto y = at::empty_like(x), statistics = at::empty({rows, 2}, x.options().dtype(wide(x))), sum = r.defined() ? at::empty_like(x) : x;
        kernel().layer_norm(type, x.data_ptr(), r.defined() ? r.data_ptr() : nullptr, dropout, seed, weights, w.data_ptr(), b.defined() ? b.data_ptr() : nullptr, eps,
            sum.data_ptr(), y.data_ptr(), statistics.data_ptr(), rows, width, threads());
        if (context) {
            context->save_for_backward({sum, w, statistics});
            context->saved_data["dropout"] = dropout; context->saved_data["seed"] = seed; context->saved_data["bias"] = b.defined(); context->saved_data["residual"] = r.defined();
        }
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto saved = context->get_saved_variables();
        auto x = saved[0], w = saved[1], dy = grads[0].contiguous(); auto type = type_of(x, "layer norm");
        bool biased = context->saved_data["bias"].toBool();
        auto dx = at::empty_like(x), dw = at::empty(w.sizes(), x.options().dtype(wide(x))); Tensor db, dropped, residual;
        if (biased) db = at::empty_like(dw);
        kernel().layer_norm_backward(type, x.data_ptr(), type_of(w, "layer norm"), w.data_ptr(), saved[2].data_ptr(), dy.data_ptr(), dx.data_ptr(), dw.data_ptr(),
            biased ? db.data_ptr() : nullptr, saved[2].size(0), x.size(-1), threads());
        double p = context->saved_data["dropout"].toDouble();
        if (context->saved_data["residual"].toBool()) residual = dx;
        dropped = dx;
        if (p > 0) {
            dropped = at::empty_like(dx);
            kernel().dropout(type, dx.data_ptr(), nullptr, dropped.data_ptr(), dx.numel(), dx.size(-1), p, context->saved_data["seed"].toInt(), threads());
        }
        return {dropped, residual, Tensor(), dw.to(w.scalar_type()), biased ? db.to(w.scalar_type()) : Tensor(), Tensor()};
    }
};

inline Tensor layer_norm(const Tensor& x, const Maybe& residual, double dropout, const Tensor& weight, const Maybe& bias, double eps)
{
    return recorded({x, given(residual), weight, given(bias)}) ? LayerNorm::apply(x, residual, dropout, weight, bias, eps) : LayerNorm::forward(nullptr, x, residual, dropout, weight, bias, eps);
}

struct Rotary : torch::autograd::Function<Rotary> {
    static Tensor turn(const Tensor& x, const Tensor& cos, const Tensor& sin, int64_t turned, double sign)
    {
        auto y = at::empty({x.size(0), x.size(1), x.size(2)}, x.options());
        kernel().rotary(type_of(x, "rotary"), x.data_ptr(), x.stride(0), x.stride(1), cos.data_ptr<float>(), sin.data_ptr<float>(), sign, y.data_ptr(), x.size(0), x.size(1), turned, x.size(2), threads());
        return y;
    }
    /// Heads from `turned` on are passed through: the values beside queries and keys.
    static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& cosines, const Tensor& sines, int64_t turned)
    {
        TORCH_CHECK(input.dim() == 3 && input.size(2) % 2 == 0, "rotary: [tokens, heads, an even width] was expected, got ", input.sizes());
        for (auto t : {&cosines, &sines})
            TORCH_CHECK(t->device().is_cpu() && t->scalar_type() == at::kFloat && t->dim() == 2 && t->size(0) == input.size(0) && t->size(1) == input.size(2) / 2,
                "rotary: cosines and sines must be float32 [", input.size(0), ", ", input.size(2) / 2, "], got ", t->scalar_type(), " ", t->sizes());
        TORCH_CHECK(turned >= 0 && turned <= input.size(1), "rotary: ", turned, " of ", input.size(1), " heads cannot be turned");
        auto x = input.stride(2) == 1 ? input : input.contiguous(); auto c = cosines.contiguous(), s = sines.contiguous();
        if (context) {
            context->save_for_backward({c, s});
            context->saved_data["turned"] = turned;
        }
        return turn(x, c, s, turned, 1);
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto saved = context->get_saved_variables();
        auto dy = grads[0].stride(2) == 1 ? grads[0] : grads[0].contiguous();
        return {turn(dy, saved[0], saved[1], context->saved_data["turned"].toInt(), -1), Tensor(), Tensor(), Tensor()};
    }
};

inline Tensor rotary(const Tensor& x, const Tensor& cos, const Tensor& sin, int64_t turned)
{
    return recorded({x}) ? Rotary::apply(x, cos, sin, turned) : Rotary::forward(nullptr, x, cos, sin, turned);
}

struct Gated : torch::autograd::Function<Gated> {
    static Tensor forward(AutogradContext* context, const Tensor& input, int64_t kind)
    {
        TORCH_CHECK(input.dim() >= 1 && input.size(-1) % 2 == 0 && input.size(-1) > 0, "gate: an even last dimension was expected, got ", input.sizes());
        auto x = input.contiguous(); auto sizes = x.sizes().vec(); sizes.back() /= 2;
        auto y = at::empty(sizes, x.options());
        kernel().gated(type_of(x, "gate"), activation_of(kind), x.data_ptr(), y.data_ptr(), x.numel() / x.size(-1), sizes.back(), threads());
        if (context) {
            context->save_for_backward({x});
            context->saved_data["kind"] = kind;
        }
        return y;
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto x = context->get_saved_variables()[0], dy = grads[0].contiguous(), dx = at::empty_like(x);
        kernel().gated_backward(type_of(x, "gate"), activation_of(context->saved_data["kind"].toInt()), x.data_ptr(), dy.data_ptr(), dx.data_ptr(), x.numel() / x.size(-1), x.size(-1) / 2, threads());
        return {dx, Tensor()};
    }
};

inline Tensor gated(const Tensor& x, int64_t kind) { return recorded({x}) ? Gated::apply(x, kind) : Gated::forward(nullptr, x, kind); }

/// Rows of a table [rows, width] by ids of any shape; the gradient is as large as the table, its rows summed in the order of the ids.
struct Embedding : torch::autograd::Function<Embedding> {
    static Tensor forward(AutogradContext* context, const Tensor& weight, const Tensor& ids)
    {
        context->save_for_backward({ids});
        context->saved_data["sizes"] = weight.sizes().vec();
        return at::embedding(weight, ids);
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto ids = context->get_saved_variables()[0].contiguous(), rows = grads[0].contiguous();
        auto sizes = context->saved_data["sizes"].toIntVector();
        auto gradient = at::zeros(sizes, rows.options());
        // The forward pass has refused ids beyond the table.
        kernel().scatter_rows(kernels::f32, ids.data_ptr<int64_t>(), rows.data_ptr(), ids.numel(), sizes[1], gradient.data_ptr<float>(), sizes[0], threads());
        return {gradient, Tensor()};
    }
};

inline Tensor embedding(const Tensor& weight, const Tensor& ids)
{
    bool own = weight.device().is_cpu() && weight.scalar_type() == at::kFloat && weight.dim() == 2 && ids.scalar_type() == at::kLong && recorded({weight});
    return own ? Embedding::apply(weight, ids) : at::embedding(weight, ids);
}

/// dropout(x), + residual where there is one. Elements are masked in spans of 4096 under one key.
struct DropoutAdd : torch::autograd::Function<DropoutAdd> {
    static Tensor masked(const Tensor& x, const Tensor& residual, double p, int64_t seed)
    {
        auto y = at::empty_like(x);
        kernel().dropout(type_of(x, "dropout"), x.data_ptr(), residual.defined() ? residual.data_ptr() : nullptr, y.data_ptr(), x.numel(), 4096, p, seed, threads());
        return y;
    }
    static Tensor forward(AutogradContext* context, const Tensor& x, const Maybe& added, double p)
    {
        auto residual = given(added);
        TORCH_CHECK(p > 0 && p < 1, "dropout: the rate must be in (0, 1), got ", p);
        TORCH_CHECK(!residual.defined() || (residual.sizes() == x.sizes() && residual.scalar_type() == x.scalar_type()), "dropout: the residual must have the input's shape and type");
        int64_t seed = draw_seed();
        if (context) {
            context->saved_data["p"] = p; context->saved_data["seed"] = seed; context->saved_data["residual"] = residual.defined();
        }
        return masked(x.contiguous(), residual.defined() ? residual.contiguous() : residual, p, seed);
    }
    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        return {masked(grads[0].contiguous(), Tensor(), context->saved_data["p"].toDouble(), context->saved_data["seed"].toInt()),
            context->saved_data["residual"].toBool() ? grads[0] : Tensor(), Tensor()};
    }
};

inline Tensor dropout_add(const Tensor& x, const Maybe& residual, double p)
{
    return recorded({x, given(residual)}) ? DropoutAdd::apply(x, residual, p) : DropoutAdd::forward(nullptr, x, residual, p);
}

}
