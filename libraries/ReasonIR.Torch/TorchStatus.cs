namespace ReasonIR.Torch;

/// <summary>Whether libtorch can be used in this process, and with what.</summary>
/// <param name="Available">Everything in this library can be used; otherwise it throws <see cref="TorchUnavailableException"/>.</param>
/// <param name="Reason">Why not; null where it is available.</param>
/// <param name="Version">libtorch's version.</param>
/// <param name="Threads">Threads a single operation may use.</param>
/// <param name="Blas">The BLAS library behind f32 matrix products, with the kernel it chose.</param>
/// <param name="Gpu">How many CUDA devices there are, or why none can be used.</param>
public sealed record TorchStatus(bool Available, string? Reason, string? Version, int Threads, string? Blas, string? Gpu = null)
{
    /// <summary>Throws with the reason where libtorch is not available.</summary>
    public void Require()
    {
        if (!Available)
            throw new TorchUnavailableException(Reason ?? "unknown reason");
    }
}
