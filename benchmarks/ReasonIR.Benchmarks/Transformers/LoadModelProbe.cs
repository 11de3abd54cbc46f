using System.Diagnostics;
using System.Globalization;
using ReasonIR.Models;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>What <see cref="LoadModelBenchmark"/> runs in a fresh process: one folder opened, one text encoded, the clock read between.</summary>
static class LoadModelProbe
{
    public const string Verb = "probe-load-model";

    /// <summary>Prints the milliseconds of: the process's start until here, the folder (libtorch loads beside it), the first embedding, a second one.</summary>
    public static int Run(string folder)
    {
        using var process = Process.GetCurrentProcess();
        var start = (DateTime.Now - process.StartTime).TotalMilliseconds;
        var clock = Stopwatch.StartNew();
        using var encoder = ModelFolder.Open(folder);
        var open = clock.Elapsed.TotalMilliseconds;
        encoder.Encode(["What does a freshly opened model make of a short text?"]);
        var first = clock.Elapsed.TotalMilliseconds;
        encoder.Encode(["What does a freshly opened model make of a short text?"]);
        var second = clock.Elapsed.TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{start} {open} {first - open} {second - first} {Environment.CpuUsage.TotalTime.TotalMilliseconds}"));
        return 0;
    }
}
