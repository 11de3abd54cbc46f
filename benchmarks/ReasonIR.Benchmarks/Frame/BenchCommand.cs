using System.Globalization;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Benchmarks.Ranking;
using ReasonIR.Benchmarks.Serving;
using ReasonIR.Benchmarks.Synthesis;
using ReasonIR.Benchmarks.Text;
using ReasonIR.Benchmarks.Training;
using ReasonIR.Benchmarks.Transformers;

namespace ReasonIR.Benchmarks.Frame;

/// <summary><c>bench [NAME...] [--json FILE] [--input PATH] [--data DIR] [--seeds N] [--seconds S] [--only TEXT] [--alone]</c>, <c>bench list</c>.</summary>
static class BenchCommand
{
    /// <summary>Every benchmark, one line each, by name.</summary>
    static readonly IReadOnlyList<IBenchmark> All =
    [
        new AnalysisBenchmark(),
        new Bm25Benchmark(),
        new LargeBm25Benchmark(),
        new ContaminationBenchmark(),
        new EvaluateBenchmark(),
        new EncodeLongBenchmark(),
        new EncodeTransformerBenchmark(),
        new FineTuneBenchmark(),
        new ImportBenchmark(),
        new KernelsBenchmark(),
        new LlamaBenchmark(training: false),
        new LlamaBenchmark(training: true),
        new LoadModelBenchmark(),
        new ParquetBenchmark(),
        new MiningBenchmark(),
        new OfflineFineTuneBenchmark(),
        new SamplerBenchmark(),
        new SearchBenchmark(),
        new SeedsBenchmark(),
        new ServeBenchmark(),
        new StaticEncodeBenchmark(),
        new StaticQualityBenchmark(),
        new StrategiesBenchmark(),
        new SynthesisBenchmark(),
        new TinyQualityBenchmark(),
        new TokenizeBenchmark(),
        new TrainTransformerBenchmark(),
        new VectorRecallBenchmark(),
        new VectorsBenchmark(),
    ];

    const string Usage = "bench [NAME...] [--json FILE] [--input PATH] [--data DIR] [--seeds N] [--seconds S] [--only TEXT] [--alone] | bench list";

    /// <summary>0: done; 1: a benchmark failed; 2: wrong arguments.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                names.Add(args[i]);
            else if (args[i] is "--alone")
                options[args[i]] = "";
            else if (args[i] is "--json" or "--input" or "--data" or "--seeds" or "--seconds" or "--only" && i + 1 < args.Length)
                options[args[i]] = args[++i];
            else
                return await Wrong($"unknown or incomplete option {args[i]}");
        if (names is ["list"])
        {
            foreach (var benchmark in All)
                await output.WriteLineAsync($"{benchmark.Name,-24} {benchmark.Description}");
            return 0;
        }
        if (names.Find(n => All.All(b => b.Name != n)) is { } unknown)
            return await Wrong($"there is no benchmark '{unknown}'; there are: {string.Join(", ", All.Select(b => b.Name))}");
        if (options.TryGetValue("--seeds", out var seeds) && !(int.TryParse(seeds, CultureInfo.InvariantCulture, out var n) && n is >= 1 and <= 100))
            return await Wrong($"--seeds {seeds}: 1 to 100 was expected");
        if (options.TryGetValue("--seconds", out var seconds) && !(double.TryParse(seconds, CultureInfo.InvariantCulture, out var s) && s is >= 1 and <= 86400))
            return await Wrong($"--seconds {seconds}: 1 to 86400 was expected");
        if ((options.GetValueOrDefault("--data") ?? FindData()) is not { } data)
            return await Wrong("no folder 'shared' beside the repository; name it with --data DIR");

        var context = new BenchmarkContext(data, options.GetValueOrDefault("--input"), seeds is null ? null : int.Parse(seeds, CultureInfo.InvariantCulture), error, options.GetValueOrDefault("--json"),
            seconds is null ? null : double.Parse(seconds, CultureInfo.InvariantCulture), options.GetValueOrDefault("--only"));
        PeerProcess.Absent = options.ContainsKey("--alone");
        await using var json = options.TryGetValue("--json", out var path) ? new StreamWriter(path) : null;
        var failed = false;
        foreach (var benchmark in All.Where(b => names.Count == 0 || names.Contains(b.Name)))
        {
            await output.WriteLineAsync($"{benchmark.Name}: {benchmark.Description}");
            try
            {
                await foreach (var result in benchmark.RunAsync(context, cancellationToken))
                {
                    await output.WriteLineAsync(Row(result));
                    if (json is not null)
                    {
                        await json.WriteLineAsync(result.ToJson());
                        await json.FlushAsync(cancellationToken);
                    }
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failed = true;
                await error.WriteLineAsync($"{benchmark.Name}: {e.Message}");
            }
        }
        return failed ? 1 : 0;

        async Task<int> Wrong(string text)
        {
            await error.WriteLineAsync(text);
            await error.WriteLineAsync(Usage);
            return 2;
        }
    }

    static string Row(BenchmarkResult r) => string.Create(CultureInfo.InvariantCulture,
        $"  {r.Workload,-52} {r.Metric,-22} {r.Ours,12:G5} {r.Unit,-12} {(r.Peer is { } peer ? $"{r.PeerName} {peer:G5}, ratio {r.Ratio:F2}" : r.Limit is { } limit ? $"limit {limit:G5}" : "")} {(r.Goal is { } goal ? $"goal {goal:G4} {(r.Met == true ? "met" : "MISSED")}" : "")}");

    /// <summary>The folder shared beside the repository that this program was built or is run in.</summary>
    static string? FindData()
    {
        foreach (var start in (string[])[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
            for (var at = Path.GetFullPath(start); at is not null; at = Path.GetDirectoryName(at))
                if (File.Exists(Path.Combine(at, "ReasonIR.sln")) && Path.GetDirectoryName(at) is { } parent && Directory.Exists(Path.Combine(parent, "shared")))
                    return Path.Combine(parent, "shared");
        return null;
    }
}
