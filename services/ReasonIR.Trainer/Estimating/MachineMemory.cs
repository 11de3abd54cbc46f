using System.Globalization;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Trainer.Estimating;

/// <summary>Bytes that a run could still take.</summary>
/// <param name="Bytes">How many, over all its processes.</param>
/// <param name="From">Where the figure comes from.</param>
public sealed record MachineMemory(long Bytes, string From)
{
    /// <summary>What the kernel counts as available, or the container's limit less what it uses where that is less.</summary>
    public static MachineMemory Now()
    {
        var machine = File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal))?
            .Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kibibytes, ..] ? long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var container = Container("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current") ?? Container("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes");
        return container < machine ? new(container.Value, "free in this container") : new(machine, "free in this machine");
    }

    /// <summary>The most of the first GPU that this process has seen free: what libtorch keeps there from earlier runs serves the next one.</summary>
    static long seenFree;

    /// <summary>What a transformer's training finds where it computes: on the GPUs where libtorch sees any, else in the machine.</summary>
    /// <param name="workers">Processes of the run.</param>
    public static MachineMemory ForTraining(int workers)
    {
        var gpus = torch.cuda.device_count();
        if (gpus == 0 || TorchRuntime.GpuMemory(0) is not var (free, _))
            return Now();
        var most = Interlocked.Exchange(ref seenFree, Math.Max(free, Volatile.Read(ref seenFree)));
        return OnGpus(Math.Max(free, most), gpus, workers);
    }

    /// <summary>
    /// Of equal processes shared out among GPUs that are taken to be as free as the first: the fullest GPU holds its share of them. (Each that
    /// is asked costs the memory of a context.)
    /// </summary>
    public static MachineMemory OnGpus(long free, int gpus, int workers)
    {
        var used = Math.Min(gpus, workers);
        return new((long)((double)free * workers / ((workers + gpus - 1) / gpus)), used == 1 ? "free on the GPU" : $"free on {used} GPUs");
    }

    static long? Container(string limit, string used)
    {
        try
        {
            return long.TryParse(File.ReadAllText(limit), NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? Math.Max(0, most - long.Parse(File.ReadAllText(used), CultureInfo.InvariantCulture)) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
