using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>
/// From an empty process to the first embedding: each round is a process of its own, whose own start is told apart. libtorch is loaded on
/// the way and counted, since a service that starts pays for it too. The best round counts: what other processes take of the machine does not.
/// </summary>
sealed class LoadModelBenchmark : IBenchmark
{
    const int Rounds = 7;
    const double Goal = 1.0;

    public string Name => "load-model";

    public string Description => "a model folder (all-MiniLM-L6-v2, 90 MB) opened in a fresh process until its first embedding";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = context.Input ?? context.Require("models/all-MiniLM-L6-v2");
        var rounds = new List<double[]>();
        for (var i = 0; i < Rounds; i++)
            rounds.Add(await ProbeAsync(folder, cancellationToken));
        double Best(Func<double[], double> figure) => rounds.Min(figure) / 1000;
        var workload = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}, {new FileInfo(Path.Combine(folder, "model.safetensors")).Length / 1e6:F0} MB, fresh process";
        yield return new(Name, workload, "to first embedding", "s", Best(r => r[1] + r[2]), Goal, HigherIsBetter: false);
        yield return new(Name, workload, "of it: open folder", "s", Best(r => r[1]), HigherIsBetter: false);
        yield return new(Name, workload, "of it: first embedding", "s", Best(r => r[2]), HigherIsBetter: false);
        yield return new(Name, workload, "a second embedding", "s", Best(r => r[3]), HigherIsBetter: false);
        yield return new(Name, workload, "CPU, process start on", "CPU s", Best(r => r[4]), HigherIsBetter: false);
        yield return new(Name, workload, "process start, apart", "s", Best(r => r[0]), HigherIsBetter: false);
    }

    static async Task<double[]> ProbeAsync(string folder, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [LoadModelProbe.Verb, folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? [.. output.Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"{folder}: {(await errors).Trim()}");
    }
}
