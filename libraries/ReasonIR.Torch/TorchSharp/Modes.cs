using ReasonIR.Torch.Binding;

namespace TorchSharp;

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Whether operations of this thread are recorded for <see cref="Tensor.backward()"/>.</summary>
    public static bool is_grad_enabled()
    {
        NativeLoader.EnsureLoaded();
        return Native.rt_grad_enabled() != 0;
    }

    public static IDisposable no_grad() => set_grad_enabled(false);
    public static IDisposable enable_grad(bool enabled = true) => set_grad_enabled(enabled);
    public static IDisposable inference_mode(bool mode = true) => set_grad_enabled(!mode);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static void manual_seed(long seed)
    {
        NativeLoader.EnsureLoaded();
        Native.Check(Native.rt_manual_seed(seed));
    }

    /// <summary>The default generator's state, bytes.</summary>
    public static Tensor get_rng_state()
    {
        NativeLoader.EnsureLoaded();
        return new(Native.Check(Native.rt_get_rng_state()));
    }

    public static void set_rng_state(Tensor new_state) => Native.Check(Native.rt_set_rng_state(new_state.Handle));

    public static void set_num_threads(int num)
    {
        NativeLoader.EnsureLoaded();
        Native.Check(Native.rt_set_num_threads(num));
    }

    public static int get_num_threads()
    {
        NativeLoader.EnsureLoaded();
        return Native.rt_get_num_threads();
    }

    /// <summary>Sets the calling thread's mode until disposed, on the same thread.</summary>
    sealed class GradMode : IDisposable
    {
        readonly bool before = is_grad_enabled();
        bool ended;

        public GradMode(bool mode) => Native.rt_set_grad_enabled(mode ? 1 : 0);

        public void Dispose()
        {
            if (ended)
                return;
            ended = true;
            Native.rt_set_grad_enabled(before ? 1 : 0);
        }
    }
}
