namespace ReasonIR.Torch;

/// <summary>Whether libtorch can be used in this process, and with what.</summary>
/// <param name="Available">Everything in this library can be used; otherwise it throws <see cref="TorchUnavailableException"/>.</param>
/// <param name="Reason">Why not; null where it is available.</param>
/// <param name="Version">libtorch's version.</param>
/// <param name="Threads">Threads a single operation may use.</param>
/// <param name="Blas">What multiplies matrices: the instruction set of our kernels, and the BLAS behind libtorch's own operations.</param>
/// <param name="Gpu">How many CUDA devices there are, or why none can be used.</param>
/// <param name="Bf16">How bf16 is multiplied on the CPU.</param>
public sealed record TorchStatus(bool Available, string? Reason, string? Version, int Threads, string? Blas, string? Gpu = null, string? Bf16 = null)
{
    /// <summary>Throws with the reason where libtorch is not available.</summary>
    public void Require()
    {
        if (!Available)
            throw new TorchUnavailableException(Reason ?? "unknown reason");
    }
}
