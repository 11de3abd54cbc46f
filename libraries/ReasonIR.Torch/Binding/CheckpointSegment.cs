using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ReasonIR.Torch.Binding;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Torch.Binding;

/// <summary>
/// A checkpointed segment on its way through the native side, which calls it in the forward and again in the backward pass and lets it
/// go with the graph. Exceptions cannot cross native frames: the first is kept and thrown where the managed call returns. The backward pass
/// of a GPU runs on a thread of libtorch's, so what is kept belongs to no thread.
/// </summary>
sealed unsafe class CheckpointSegment(Func<Tensor, Tensor[], Tensor> segment, Tensor[] constants)
{
    static ExceptionDispatchInfo? failure;

    public static Tensor Run(Func<Tensor, Tensor[], Tensor> segment, Tensor input, Tensor[] constants)
    {
        // Handles of its own: the caller's may be disposed before the backward pass.
        var state = new CheckpointSegment(segment, [.. constants.Select(t => t.detach().DetachFromDisposeScope())]);
        return new(Check(Native.rt_checkpoint(GCHandle.ToIntPtr(GCHandle.Alloc(state)), &Run, &Release, input.Handle)));
    }

    /// <summary>The handle; or the exception that a segment threw beneath the call, or the native failure.</summary>
    public static nint Check(nint handle)
    {
        if (handle == 0)
            Rethrow();
        return Native.Check(handle);
    }

    /// <summary>Throws what a segment threw beneath a native call that failed.</summary>
    public static void Rethrow() => Interlocked.Exchange(ref failure, null)?.Throw();

    [UnmanagedCallersOnly]
    static nint Run(nint state, nint input)
    {
        try
        {
            using var scope = NewDisposeScope();
            var self = (CheckpointSegment)GCHandle.FromIntPtr(state).Target!;
            var result = self.Invoke(new Tensor(input));
            return Native.Check(Native.rt_alias(result.Handle));
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            return 0;
        }
    }

    Tensor Invoke(Tensor input) => segment(input, constants);

    [UnmanagedCallersOnly]
    static void Release(nint state)
    {
        var handle = GCHandle.FromIntPtr(state);
        foreach (var tensor in ((CheckpointSegment)handle.Target!).constants)
            tensor.Dispose();
        handle.Free();
    }

    readonly Tensor[] constants = constants;
}
