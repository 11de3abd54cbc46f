// Gradient checkpointing (Chen et al. 2016): a segment runs without a graph; its backward pass runs it again, with one.
#pragma once
#include "common.h"
#include <ATen/Context.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

namespace functions {

using Run = Tensor* (*)(void* segment, Tensor* input); // the managed side; null: it failed and keeps why
using Release = void (*)(void* segment);

/// The state of a device's default generator.
inline Tensor generator_state(at::Device device = at::kCPU)
{
    auto g = at::globalContext().defaultGenerator(device);
    std::lock_guard<std::mutex> lock(g.mutex());
    return g.get_state();
}
inline void set_generator_state(const Tensor& state, at::Device device = at::kCPU)
{
    auto g = at::globalContext().defaultGenerator(device);
    std::lock_guard<std::mutex> lock(g.mutex());
    g.set_state(state);
}

/// What a segment draws from: the CPU's generator (the kernels' masks), and that of the GPU on which it computes (libtorch's).
struct Generators {
    at::Device device; Tensor cpu, gpu;
    explicit Generators(at::Device device = at::kCPU) : device(device), cpu(generator_state()) { if (!device.is_cpu()) gpu = generator_state(device); }
    void restore() const
    {
        set_generator_state(cpu);
        if (gpu.defined()) set_generator_state(gpu, device);
    }
};

struct Segment {
    void* managed; Run run; Release release;
    Segment(void* managed, Run run, Release release) : managed(managed), run(run), release(release) {}
    Segment(const Segment&) = delete;
    ~Segment() { release(managed); }
    Tensor operator()(const Tensor& input) const
    {
        auto out = run(managed, new Tensor(input)); // the managed side owns the handle
        TORCH_CHECK(out, "checkpoint: the segment failed");
        Tensor y = *out;
        delete out;
        return y;
    }
};

struct CheckpointNode : torch::autograd::Node {
    torch::autograd::SavedVariable input; Generators random; std::shared_ptr<Segment> segment; bool wanted = false;

    variable_list apply(variable_list&& grads) override
    {
        auto x = input.unpack().detach();
        if (wanted) x.requires_grad_(true);
        Tensor y;
        Generators now(x.device());
        {
            at::AutoGradMode on(true);
            random.restore();
            y = (*segment)(x);
            now.restore();
        }
        if (y.requires_grad() && grads[0].defined()) torch::autograd::backward({y}, {grads[0]});
        return {wanted ? x.grad() : Tensor(), Tensor()};
    }
    void release_variables() override { input.reset_data(); segment.reset(); }
    std::string name() const override { return "Checkpoint"; }
};

/// The node hangs on a scalar of its own too: parameters inside the segment learn even where its input wants no gradient.
inline Tensor checkpoint(std::shared_ptr<Segment> segment, const Tensor& input)
{
    if (!at::GradMode::is_enabled()) return (*segment)(input);
    auto node = std::shared_ptr<CheckpointNode>(new CheckpointNode(), torch::autograd::deleteNode);
    auto anchor = at::zeros({}, at::TensorOptions().dtype(at::kFloat)).requires_grad_(true);
    node->set_next_edges(torch::autograd::collect_next_edges(input, anchor));
    node->random = Generators(input.device());
    Tensor y;
    {
        at::NoGradGuard off;
        y = (*segment)(input).detach();
    }
    node->input = torch::autograd::SavedVariable(input, false);
    node->segment = std::move(segment);
    node->wanted = input.requires_grad();
    torch::autograd::set_history(y, node);
    return y;
}

}
