using System.Text.Json;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Benchmarks;

/// <summary>The benchmarks that come with ReasonIR: every JSON file beside this one. Another one is another file.</summary>
public static class BenchmarkRegistry
{
    static readonly System.Reflection.Assembly assembly = typeof(BenchmarkRegistry).Assembly;

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        .. assembly.GetManifestResourceNames().Where(name => name.StartsWith("Benchmarks/", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal))
            .Select(name => Parse(Read(name), name)).OrderByDescending(benchmark => benchmark.Name, StringComparer.Ordinal),
    ];

    /// <summary>One of them, or null.</summary>
    public static Benchmark? Find(string name) => All.FirstOrDefault(benchmark => benchmark.Name == name);

    /// <summary>An entry from its file.</summary>
    /// <param name="file">What errors call it.</param>
    /// <exception cref="ArgumentException">It is none; every problem is listed.</exception>
    public static Benchmark Parse(string json, string file)
    {
        Benchmark entry;
        try
        {
            entry = JsonSerializer.Deserialize<Benchmark>(json, ReasonIrJson.Strict) ?? throw new ArgumentException($"{file}: expected an object, found null.");
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"{file}: {e.Message}", e);
        }
        return entry.Problems().ToList() is { Count: > 0 } problems ? throw new ArgumentException($"{file}: {string.Join(" ", problems)}") : entry;
    }

    /// <summary>The reported results of a benchmark; none where it has none.</summary>
    public static IReadOnlyList<PublishedResult> Published(Benchmark benchmark) =>
        benchmark.Published is { } file && assembly.GetManifestResourceInfo($"Benchmarks/{file}") is not null ? PublishedResult.Parse(Read($"Benchmarks/{file}"), file) : [];

    static string Read(string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
