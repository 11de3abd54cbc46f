// Attention over packed sequences as a function of tensors: queries, keys and values apart, or side by side in one projection.
#pragma once
#include "common.h"

namespace functions {

struct AttentionSettings { double scale; int64_t left, right; double soft_cap, dropout; };

inline void check_offsets(const Tensor& offsets, int64_t tokens)
{
    TORCH_CHECK(offsets.device().is_cpu() && offsets.dim() == 1 && offsets.scalar_type() == at::kLong && offsets.numel() >= 1 && offsets.is_contiguous(),
        "attention: offsets must be int64 [sequences + 1] on the CPU");
    auto o = offsets.data_ptr<int64_t>(); auto n = offsets.numel() - 1;
    TORCH_CHECK(o[0] == 0 && o[n] == tokens, "attention: offsets must run from 0 to ", tokens, " tokens");
    for (int64_t i = 0; i < n; i++) TORCH_CHECK(o[i] <= o[i + 1], "attention: offsets must not fall");
}

struct Attention : torch::autograd::Function<Attention> {
    /// Queries, keys and values as views [tokens, heads, width] of one [tokens, (heads + 2 kv_heads) width].
    static void split(const Tensor& joined, int64_t heads, int64_t kv_heads, Tensor& q, Tensor& k, Tensor& v)
    {
        auto all = joined.view({joined.size(0), heads + 2 * kv_heads, joined.size(1) / (heads + 2 * kv_heads)});
        q = all.narrow(1, 0, heads); k = all.narrow(1, heads, kv_heads); v = all.narrow(1, heads + kv_heads, kv_heads);
    }

    static kernels::Attention call(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& offsets, const AttentionSettings& s, int64_t seed)
    {
        kernels::Attention a;
        a.type = type_of(q, "attention");
        a.offsets = offsets.data_ptr<int64_t>(); a.sequences = offsets.numel() - 1;
        a.heads = q.size(1); a.kv_heads = k.size(1); a.width = q.size(2);
        a.q = q.data_ptr(); a.q_token = q.stride(0); a.q_head = q.stride(1);
        a.k = k.data_ptr(); a.k_token = k.stride(0); a.k_head = k.stride(1);
        a.v = v.data_ptr(); a.v_token = v.stride(0); a.v_head = v.stride(1);
        a.scale = s.scale; a.soft_cap = s.soft_cap; a.dropout = s.dropout; a.left = s.left; a.right = s.right; a.seed = seed;
        a.threads = threads();
        return a;
    }

    static Tensor rows(const Tensor& x) { return x.stride(2) == 1 ? x : x.contiguous(); }

    static Tensor compute(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& offsets, const AttentionSettings& s, int64_t seed, Tensor& lse)
    {
        TORCH_CHECK(q.dim() == 3 && k.dim() == 3 && v.dim() == 3, "attention: queries, keys and values must be [tokens, heads, width]");
        TORCH_CHECK(k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(2) == k.size(2) && k.size(1) > 0 && q.size(1) % k.size(1) == 0 && q.size(2) > 0,
            "attention: queries ", q.sizes(), ", keys ", k.sizes(), " and values ", v.sizes(), " do not fit");
        TORCH_CHECK(q.scalar_type() == k.scalar_type() && q.scalar_type() == v.scalar_type(), "attention: queries, keys and values must have one type");
        TORCH_CHECK(k.device().is_cpu() && v.device().is_cpu(), "attention: tensors on the CPU were expected");
        TORCH_CHECK(s.dropout >= 0 && s.dropout < 1, "attention: dropout must be in [0, 1), got ", s.dropout);
        TORCH_CHECK(s.left >= 0 && s.right >= 0 && s.soft_cap >= 0, "attention: a window of tokens and a soft cap cannot be negative");
        check_offsets(offsets, q.size(0));
        auto out = at::empty({q.size(0), q.size(1) * q.size(2)}, q.options());
        lse = at::empty({q.size(0), q.size(1)}, q.options().dtype(wide(q)));
        auto a = call(q, k, v, offsets, s, seed);
        a.out = out.data_ptr(); a.lse = lse.data_ptr();
        kernel().attention(a);
        return out;
    }

    /// k and v absent: q is the joined projection.
    static Tensor forward(AutogradContext* context, const Tensor& q, const Maybe& keys, const Maybe& values, const Tensor& offsets, int64_t heads, int64_t kv_heads, AttentionSettings s)
    {
        int64_t seed = s.dropout > 0 ? draw_seed() : 0;
        Tensor lse, out, k = given(keys), v = given(values), a = q, b = k, c = v;
        if (!k.defined()) {
            TORCH_CHECK(q.dim() == 2 && heads > 0 && kv_heads > 0 && q.size(1) % (heads + 2 * kv_heads) == 0,
                "attention: ", q.sizes(), " cannot be queries, keys and values of ", heads, " and ", kv_heads, " heads side by side");
            a = q.contiguous();
            Tensor x, y, z;
            split(a, heads, kv_heads, x, y, z);
            out = compute(x, y, z, offsets, s, seed, lse);
        } else {
            a = rows(q); b = rows(k); c = rows(v);
            out = compute(a, b, c, offsets, s, seed, lse);
        }
        if (!context) return out;
        context->save_for_backward({a, b, c, offsets, out, lse});
        context->saved_data["heads"] = heads; context->saved_data["kv_heads"] = kv_heads; context->saved_data["seed"] = seed;
        context->saved_data["settings"] = std::vector<double>{s.scale, s.soft_cap, s.dropout};
        context->saved_data["left"] = s.left; context->saved_data["right"] = s.right;
        return out;
    }

    static variable_list backward(AutogradContext* context, variable_list grads)
    {
        auto saved = context->get_saved_variables();
        auto numbers = context->saved_data["settings"].toDoubleVector();
        AttentionSettings s{numbers[0], context->saved_data["left"].toInt(), context->saved_data["right"].toInt(), numbers[1], numbers[2]};
        auto q = saved[0], k = saved[1], v = saved[2]; Tensor dq, dk, dv, joined;
        if (!k.defined()) {
            int64_t heads = context->saved_data["heads"].toInt(), kv_heads = context->saved_data["kv_heads"].toInt();
            joined = at::empty_like(q);
            split(joined, heads, kv_heads, dq, dk, dv);
            auto all = q;
            split(all, heads, kv_heads, q, k, v);
        } else { dq = at::empty(q.sizes(), q.options()); dk = at::empty(k.sizes(), k.options()); dv = at::empty(v.sizes(), v.options()); }
        auto dout = grads[0].contiguous();
        auto a = call(q, k, v, saved[3], s, context->saved_data["seed"].toInt());
        a.out = saved[4].data_ptr(); a.lse = saved[5].data_ptr(); a.dout = dout.data_ptr();
        a.dq = dq.data_ptr(); a.dq_token = dq.stride(0); a.dq_head = dq.stride(1);
        a.dk = dk.data_ptr(); a.dk_token = dk.stride(0); a.dk_head = dk.stride(1);
        a.dv = dv.data_ptr(); a.dv_token = dv.stride(0); a.dv_head = dv.stride(1);
        kernel().attention_backward(a);
        if (joined.defined()) return {joined, Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
        return {dq, dk, dv, Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

inline Tensor attention(const Tensor& q, const Maybe& k, const Maybe& v, const Tensor& offsets, int64_t heads, int64_t kv_heads, const AttentionSettings& s)
{
    return recorded({q, given(k), given(v)}) ? Attention::apply(q, k, v, offsets, heads, kv_heads, s) : Attention::forward(nullptr, q, k, v, offsets, heads, kv_heads, s);
}

}
