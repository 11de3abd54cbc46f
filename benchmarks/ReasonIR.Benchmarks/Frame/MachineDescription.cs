using System.Globalization;
using ReasonIR.Torch;

namespace ReasonIR.Benchmarks.Frame;

/// <summary>What a figure was measured on.</summary>
static class MachineDescription
{
    /// <summary>CPU, cores, the load average of the last minute, and BLAS.</summary>
    public static string Now()
    {
        var cpu = Line("/proc/cpuinfo", "model name") ?? "unknown CPU";
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        var torch = TorchRuntime.Status;
        var blas = torch.Available ? $"libtorch {torch.Version}, {torch.Threads} threads, {torch.Blas}" : "without libtorch";
        return string.Create(CultureInfo.InvariantCulture, $"{cpu}, {Environment.ProcessorCount} cores, load {load}, {blas}");
    }

    static string? Line(string path, string field) => File.Exists(path)
        ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        : null;
}
