using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>
/// One text of 32,768 tokens through the small Llama, each run in a process of its own: the memory of attention must grow with the length
/// and not with its square (whose scores alone would take 17 GB a layer). Every figure stands beside that of the same text in f64.
/// </summary>
sealed class EncodeLongBenchmark : IBenchmark
{
    const int Tokens = 32_768;
    const double GoalBytes = 2e9, GoalDifference = 1e-5;

    public string Name => "encode-long";

    public string Description => "one text of 32,768 tokens through a small Llama: peak memory of the process, time, difference to f64";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        double[]? shorter = null;
        foreach (var tokens in new[] { Tokens / 4, Tokens })
        {
            var exact = await ProbeAsync(tokens, "Float64", cancellationToken);
            foreach (var (type, name) in new[] { ("Float32", "f32"), ("BFloat16", "bf16") })
            {
                var figures = await ProbeAsync(tokens, type, cancellationToken);
                var workload = string.Create(CultureInfo.InvariantCulture, $"{tokens:N0} tokens, {name}");
                yield return new(Name, workload, "peak memory", "GB", figures[2] / 1e9, GoalBytes / 1e9, HigherIsBetter: false);
                yield return new(Name, workload, "time", "s", figures[0], HigherIsBetter: false);
                yield return new(Name, workload, "CPU time", "CPU s", figures[1], HigherIsBetter: false);
                yield return new(Name, workload, "element off f64 by", "", exact.Skip(3).Zip(figures.Skip(3), (a, b) => Math.Abs(a - b)).Max(), type == "Float32" ? GoalDifference : null, HigherIsBetter: false);
                if (type == "Float32" && shorter is not null)
                    yield return new(Name, workload, "bytes a further token", "bytes", (figures[2] - shorter[2]) / (tokens - (Tokens / 4)), HigherIsBetter: false);
                if (type == "Float32")
                    shorter ??= figures;
            }
        }
    }

    static async Task<double[]> ProbeAsync(int tokens, string type, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [EncodeLongProbe.Verb, tokens.ToString(CultureInfo.InvariantCulture), type])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? [.. output.Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"{tokens} tokens in {type}: {(await errors).Trim()}");
    }
}
