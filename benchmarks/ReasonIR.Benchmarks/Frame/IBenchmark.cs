namespace ReasonIR.Benchmarks.Frame;

/// <summary>One benchmark; registered by a line in <see cref="BenchCommand"/>.</summary>
public interface IBenchmark
{
    string Name { get; }

    /// <summary>What is measured, in one line, for <c>bench list</c>.</summary>
    string Description { get; }

    /// <summary>Runs and yields each figure as it is known.</summary>
    IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, CancellationToken cancellationToken);
}

/// <param name="DataRoot">The folder that holds <c>data</c>, <c>models</c> and <c>golden</c>.</param>
/// <param name="Input">Replaces the benchmark's own input; null: its own.</param>
/// <param name="Seeds">How many seeds a quality figure is the mean of; null: the benchmark's own number.</param>
/// <param name="Log">Where progress is told.</param>
/// <param name="Json">The file that the figures are written to; null: none. A benchmark that draws puts its picture beside it.</param>
/// <param name="Seconds">How long a benchmark under load runs; null: its own time.</param>
/// <param name="Only">Only workloads whose description contains it, in benchmarks of several that take long; null: all.</param>
public sealed record BenchmarkContext(string DataRoot, string? Input, int? Seeds, TextWriter Log, string? Json = null, double? Seconds = null, string? Only = null)
{
    public bool Wants(string workload) => Only is null || workload.Contains(Only, StringComparison.OrdinalIgnoreCase);

    /// <summary>An input of the benchmark.</summary>
    /// <exception cref="DirectoryNotFoundException">It is not there.</exception>
    public string Require(string relativePath) => Path.Combine(DataRoot, relativePath) is var path && Path.Exists(path)
        ? path
        : throw new DirectoryNotFoundException($"{path}: this benchmark needs it; --data DIR names the folder that holds data, models and golden.");
}
