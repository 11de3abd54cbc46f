using System.Globalization;

namespace ReasonIR.Trainer.Estimating;

/// <summary>Bytes that this process could still take.</summary>
/// <param name="Bytes">How many.</param>
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
