using System.Text.Json;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Training.Distributed;

/// <summary>How tensors travel between the processes of a run.</summary>
public enum Collective
{
    /// <summary>By NCCL where each process has a GPU of its own and NCCL is there, else through the ring.</summary>
    Auto,

    /// <summary>Through a ring over sockets; tensors on a GPU are copied to the host and back.</summary>
    Ring,

    /// <summary>By NCCL, from GPU to GPU.</summary>
    Nccl,
}

/// <summary>Opens the process group that suits what the processes have.</summary>
public static class ProcessGroups
{
    /// <summary>Meets the other processes on the ring, and agrees with them on how tensors travel. Every process calls it with the same wish.</summary>
    /// <param name="device">Where this process computes.</param>
    /// <exception cref="WorkerLostException">Not all came in time, or one is gone.</exception>
    /// <exception cref="NcclUnavailableException">NCCL was asked for and cannot be had; the message says what is missing.</exception>
    public static IProcessGroup Open(SocketGroupOptions options, Collective wanted, torch.Device device, CancellationToken cancellationToken = default)
    {
        if (SocketProcessGroup.Open(options, cancellationToken) is not SocketProcessGroup ring)
            return SingleProcess.Instance;
        try
        {
            var own = ProcessMeans.Of(wanted, device);
            if (Without(wanted, [.. ring.AllGather(JsonSerializer.Serialize(own)).Select(Read)]) is { } why)
                return wanted == Collective.Nccl ? throw new NcclUnavailableException(why) : ring.Because(why);
            try
            {
                return NcclProcessGroup.Join(ring, NcclLibrary.Find().Library!, Math.Max(0, device.index));
            }
            catch (NcclException error)
            {
                return wanted == Collective.Nccl ? throw new NcclUnavailableException(error.Message, error) : ring.Because($"NCCL does not work here, {error.Message}");
            }
        }
        catch
        {
            ring.Dispose();
            throw;
        }
    }

    /// <summary>Why the processes do without NCCL; null: they do not.</summary>
    /// <exception cref="InvalidDataException">They were asked for different things.</exception>
    internal static string? Without(Collective wanted, IReadOnlyList<ProcessMeans> ranks)
    {
        foreach (var (rank, means) in ranks.Index())
            if (means.Wanted != wanted)
                throw new InvalidDataException($"Rank {rank} was asked for the collective {means.Wanted}, another one for {wanted}.");
        if (wanted == Collective.Ring)
            return "as was asked for";
        foreach (var (rank, means) in ranks.Index())
        {
            if (means.Gpu is not { } gpu)
                return $"rank {rank} computes on the CPU ({means.Lacks})";
            if (ranks.Take(rank).ToList().FindIndex(other => other.Gpu == gpu) is var other and >= 0)
                return $"ranks {other} and {rank} share cuda:{gpu}, and NCCL wants a GPU for each process";
            if (means.Nccl is null)
                return $"rank {rank} has no NCCL ({means.Lacks})";
            if (means.Nccl != ranks[0].Nccl)
                return $"rank 0 has NCCL {ranks[0].Nccl}, rank {rank} {means.Nccl}";
        }
        return null;
    }

    static ProcessMeans Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ProcessMeans>(text) ?? throw new JsonException("an object was expected");
        }
        catch (JsonException error)
        {
            throw new WorkerLostException($"A process does not run the same program: {error.Message}", error);
        }
    }
}

/// <summary>What a process could take part with.</summary>
/// <param name="Gpu">Its device; null: the CPU.</param>
/// <param name="Nccl">The version; null: there is none.</param>
/// <param name="Lacks">Why there is no GPU or no NCCL.</param>
sealed record ProcessMeans(Collective Wanted, int? Gpu, string? Nccl, string? Lacks)
{
    public static ProcessMeans Of(Collective wanted, torch.Device device)
    {
        if (device.type != DeviceType.CUDA)
            return new(wanted, null, null, TorchRuntime.Status.Gpu ?? TorchRuntime.Status.Reason);
        if (wanted == Collective.Ring)
            return new(wanted, Math.Max(0, device.index), null, null);
        var (library, lacks) = NcclLibrary.Find();
        return new(wanted, Math.Max(0, device.index), library?.Version, lacks);
    }
}

/// <summary>NCCL was asked for and cannot be had.</summary>
public sealed class NcclUnavailableException(string message, Exception? inner = null) : NotSupportedException(message, inner);
