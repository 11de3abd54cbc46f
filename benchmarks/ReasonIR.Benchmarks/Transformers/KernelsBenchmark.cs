using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Ranking;
using ReasonIR.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>
/// The matrix products of the encode benchmarks, bias and what follows included, as shares of what this machine multiplies at most: a loop
/// on registers alone, measured between them, of the instructions that the products use: 16-bit integers where bf16 is multiplied in fixed
/// point, else f32.
/// </summary>
sealed class KernelsBenchmark : IBenchmark
{
    /// <summary>Tokens of a batch of the encode benchmarks.</summary>
    const int Tokens = 2048;
    const int Rounds = 8;

    /// <summary>Model and part; widths before and after; what follows the product.</summary>
    static readonly (string Name, int In, int Out, Gate? Activation, bool Residual, bool Bias)[] Products =
    [
        ("all-MiniLM-L6-v2, query key value", 384, 1152, null, false, true),
        ("all-MiniLM-L6-v2, attention output", 384, 384, null, false, true),
        ("all-MiniLM-L6-v2, intermediate and GELU", 384, 1536, Gate.Gelu, false, true),
        ("all-MiniLM-L6-v2, output", 1536, 384, null, false, true),
        ("small Llama, query key value", 256, 768, null, false, false),
        ("small Llama, attention output", 256, 256, null, true, false),
        ("small Llama, gate up", 256, 1376, null, false, false),
        ("small Llama, down", 688, 256, null, true, false),
    ];

    public string Name => "kernels";

    public string Description => "matrix products of the encode benchmarks as shares of the machine's peak";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        TorchRuntime.Status.Require();
        foreach (var (type, name, goal) in new[] { (ScalarType.Float32, "f32", 75.0), (ScalarType.BFloat16, "bf16", 60.0) })
        {
            if (!context.Wants(name))
                continue;
            var fixedPoint = type == ScalarType.BFloat16 && TorchRuntime.Bf16 == "fixed";
            var (peak, seconds) = (0.0, new double[Products.Length]);
            Array.Fill(seconds, double.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                peak = Math.Max(peak, 2 * (fixedPoint ? MachineLimits.PairMultiplyAddsASecond(TorchRuntime.Status.Threads) : MachineLimits.FloatMultiplyAddsASecond(TorchRuntime.Status.Threads)));
                for (var i = 0; i < seconds.Length; i++)
                    seconds[i] = Math.Min(seconds[i], TorchThread.Run(() => Time(Products[i], type)));
            }
            double Work(int i) => 2.0 * Tokens * Products[i].In * Products[i].Out;
            yield return new(Name, $"registers alone, {(fixedPoint ? "int16" : "f32")}, {TorchRuntime.Status.Threads} threads", "peak", "GFLOP/s", peak / 1e9);
            for (var i = 0; i < seconds.Length; i++)
                yield return new(Name, $"{Products[i].Name}, {name}", "rate", "GFLOP/s", Work(i) / seconds[i] / 1e9, Limit: peak / 1e9);
            foreach (var model in Products.Select(p => p.Name.Split(',')[0]).Distinct())
            {
                var all = Enumerable.Range(0, seconds.Length).Where(i => Products[i].Name.StartsWith(model, StringComparison.Ordinal)).ToArray();
                yield return new(Name, $"{model}, all products, {name}", "share of the peak", "%", 100 * all.Sum(Work) / all.Sum(i => seconds[i]) / peak, goal, Limit: 100);
            }
        }
    }

    /// <summary>Seconds of a product: the mean of a few in a row.</summary>
    static double Time((string Name, int In, int Out, Gate? Activation, bool Residual, bool Bias) product, ScalarType type)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        var (x, weight) = (randn([Tokens, product.In]).to(type), randn([product.Out, product.In]).to(type));
        var (bias, residual) = (product.Bias ? randn([product.Out]).to(type) : null, product.Residual ? randn([Tokens, product.Out]).to(type) : null);
        const int times = 8;
        Fused.Linear(x, weight, bias, product.Activation, residual, constant: true).Dispose();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
            Fused.Linear(x, weight, bias, product.Activation, residual, constant: true).Dispose();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / times;
    }
}
