using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Benchmarks.Frame;

/// <summary>One figure, as it is written: a JSON object a line.</summary>
/// <param name="Benchmark">The benchmark's name.</param>
/// <param name="Workload">What was done, on what.</param>
/// <param name="Metric">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Ours">The figure.</param>
/// <param name="PeerName">The peer with version and threads; null where there is none.</param>
/// <param name="Peer">The peer's figure from the same run; null where none can be installed.</param>
/// <param name="Limit">Without a peer: the physical bound.</param>
/// <param name="Goal">For <see cref="Ratio"/> where there is a peer, else for <see cref="Ours"/>; null: none is set.</param>
public sealed record BenchmarkResult(
    string Benchmark, string Workload, string Metric, string Unit, double Ours, double? Goal = null, bool HigherIsBetter = true,
    string? PeerName = null, double? Peer = null, double? Limit = null)
{
    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Ours against the peer, larger is better.</summary>
    public double? Ratio => Peer is not { } peer ? null : HigherIsBetter ? Ours / peer : peer / Ours;

    public string Machine { get; init; } = MachineDescription.Now();

    /// <summary>Whether the goal is met; null where there is none.</summary>
    [JsonIgnore]
    public bool? Met => Goal is not { } goal ? null : Ratio is { } ratio ? ratio >= goal : HigherIsBetter ? Ours >= goal : Ours <= goal;

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
