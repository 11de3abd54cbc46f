// Linear maps, with what follows them in one pass over the result.
#pragma once
#include "bf16.h"

namespace functions {

/// op(a) op(b) for matrices a and b; what follows is done by `finish` (its out, type and ld are set here).
inline void multiply(const Tensor& a, bool turn_a, const Tensor& b, bool turn_b, const Tensor& out, kernels::Finish finish, const void* fixed = nullptr)
{
    kernels::Product s;
    s.m = a.size(turn_a ? 1 : 0); s.k = a.size(turn_a ? 0 : 1); s.n = b.size(turn_b ? 0 : 1);
    s.a = a.data_ptr(); s.a_type = type_of(a, "linear"); s.a_row = turn_a ? 1 : a.size(1); s.a_col = turn_a ? a.size(1) : 1;
    s.b = b.data_ptr(); s.b_type = type_of(b, "linear"); s.b_row = turn_b ? 1 : b.size(1); s.b_col = turn_b ? b.size(1) : 1;
    s.finish = finish;
    s.finish.out = out.data_ptr(); s.finish.type = type_of(out, "linear"); s.finish.ld = s.n;
    s.threads = threads(); s.fixed = fixed;
    kernel().product(s);
}

inline Tensor matrix(const Tensor& x) { return x.contiguous().view({-1, x.size(-1)}); }

/// act(x weightᵀ + bias) + residual, [..., in] to [..., out].
struct Linear : torch::autograd::Function<Linear> {
    static bool by_onednn(const Tensor& x) { return x.scalar_type() == at::kBFloat16 && bf16_by() == Bf16::onednn; }

    static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight, const Maybe& shift, int64_t activation, const Maybe& added, bool constant)
    {
        auto bias = given(shift), residual = given(added);
        auto type = type_of(input, "linear");
        weight_type(input, weight, "linear");
        TORCH_CHECK(input.dim() >= 1 && weight.dim() == 2 && weight.size(1) == input.size(-1), "linear: an input ", input.sizes(), " does not fit a weight ", weight.sizes());
        TORCH_CHECK(!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)), "linear: a bias [", weight.size(0), "] was expected");
        auto x = matrix(input), w = weight.contiguous(); auto act = activation_of(activation);
        auto sizes = input.sizes().vec(); sizes.back() = w.size(0);
        TORCH_CHECK(!residual.defined() || (residual.sizes() == sizes && residual.scalar_type() == input.scalar_type()), "linear: a residual of ", input.scalar_type(), " ", sizes, " was expected");
        if (residual.defined()) residual = residual.contiguous();
        auto y = at::empty(sizes, x.options()), before = context && act != kernels::none ? at::empty_like(y) : Tensor();
        if (by_onednn(x)) {
            auto z = at::linear(x, w.to(at::kBFloat16), bias.defined() ? c10::optional<Tensor>(bias.to(at::kBFloat16)) : c10::nullopt).view(sizes);
            if (act == kernels::none) y = z;
            else { kernel().activation(type, act, z.data_ptr(), y.data_ptr(), y.numel(), threads()); before = z; }
            if (residual.defined()) y.add_(residual);
        } else {
            kernels::Finish f; auto b = bias.defined() ? bias.contiguous() : bias;
            if (b.defined()) { weight_type(x, b, "linear"); f.bias = b.data_ptr(); f.bias_type = type_of(b, "linear"); }
            f.act = act; if (before.defined()) f.before = before.data_ptr();
            if (residual.defined()) f.residual = residual.data_ptr();
            auto fixed = constant && !context ? fixed_point(x, w) : nullptr;
            multiply(x, false, w, true, y, f, fixed.get());
        }
        if (context) {
            bool trained = weight.requires_grad();
            context->save_for_backward({trained ? x : Tensor(), w, before});
            context->saved_data["activation"] = activation;
            context->saved_data["sizes"] = input.sizes().vec();
            context->saved_data["wanted"] = std::vector<int64_t>{input.requires_grad(), trained, bias.defined() && bias.requires_grad(), residual.defined()};
            context->saved_data["bias_type"] = (int64_t)(bias.defined() ? bias.scalar_type() : x.scalar_type());
        }
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto saved = context->get_saved_variables(); auto wanted = context->saved_data["wanted"].toIntVector(); auto sizes = context->saved_data["sizes"].toIntVector();
        auto x = saved[0], w = saved[1], before = saved[2], dy = matrix(grads[0]); Tensor dx, dw, db;
        auto type = type_of(dy, "linear");
        if (before.defined()) {
            auto dz = at::empty_like(dy);
            kernel().activation_backward(type, activation_of(context->saved_data["activation"].toInt()), before.data_ptr(), dy.data_ptr(), dz.data_ptr(), dz.numel(), threads());
            dy = dz;
        }
        bool fast = by_onednn(dy);
        if (wanted[0]) {
            if (fast) dx = at::mm(dy, w.to(at::kBFloat16)).view(sizes);
            else { dx = at::empty(sizes, dy.options()); multiply(dy, false, w, false, dx, {}); }
        }
        if (wanted[1]) {
            if (fast) dw = at::mm(dy.t(), x).to(w.scalar_type());
            else { dw = at::empty(w.sizes(), w.options()); multiply(dy, true, x, false, dw, {}); }
        }
        if (wanted[2]) {
            db = at::empty({w.size(0)}, dy.options().dtype(wide(dy)));
            kernel().column_sums(type, dy.data_ptr(), dy.size(0), dy.size(1), dy.size(1), db.data_ptr(), threads());
            db = db.to((at::ScalarType)context->saved_data["bias_type"].toInt());
        }
        return {dx, dw, db, Tensor(), wanted[3] ? grads[0] : Tensor(), Tensor()};
    }
};

/// constant: nothing is trained, so that the weight can be kept in another form (bf16.h).
inline Tensor linear(const Tensor& x, const Tensor& weight, const Maybe& bias, int64_t activation, const Maybe& residual, bool constant)
{
    return recorded({x, weight, given(bias), given(residual)}) ? Linear::apply(x, weight, bias, activation, residual, false) : Linear::forward(nullptr, x, weight, bias, activation, residual, constant);
}

}
