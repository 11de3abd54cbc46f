using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Retrieval.Seeds;

namespace ReasonIR.Synthesis.Seeds;

/// <summary>Collects of each document that stays what a sample is drawn by, then draws it.</summary>
sealed class SeedStrata(SeedSample? sample)
{
    /// <summary>Strata that a report names; the smaller ones are left out of it.</summary>
    const int MostNamed = 100;

    readonly List<int> lengths = [];
    readonly List<Half[]> topics = [];
    readonly List<string> values = [];
    readonly TopicClusters.WordCounts counts = new();
    readonly List<ulong> words = [];

    public void Add(Document document)
    {
        switch (sample?.By)
        {
            case "length":
                lengths.Add(Words.Count(document.Text));
                break;
            case "topic":
                TextTokens.Read($"{document.Title} {document.Text}", words);
                counts.Add(words);
                topics.Add(TopicClusters.Vector(words, counts));
                break;
            case "metadata":
                values.Add(Value(document.Metadata, sample.Field!));
                break;
        }
    }

    /// <summary>The places that are drawn, in their order, and how many of each stratum.</summary>
    /// <param name="order">All places in the order of the draw.</param>
    /// <param name="most">Drawn at most, whatever the sample asks for; null: no bound.</param>
    public (IReadOnlyList<int> Chosen, IReadOnlyList<SeedStratum>? Strata) Choose(IReadOnlyList<int> order, int? most)
    {
        var bound = most ?? int.MaxValue;
        if (sample is null)
            return ([.. order.Take(bound)], null);
        IReadOnlyList<string> strata = order.Count == 0 ? [] : sample.By switch
        {
            "length" => StratifiedDraw.ByNumber(lengths, sample.Strata),
            "topic" => [.. TopicClusters.Assign(topics, sample.Strata).Select(cluster => $"topic {cluster + 1}")],
            "metadata" => values,
            _ => [.. order.Select(_ => "all")],
        };
        List<int> chosen = [.. StratifiedDraw.Choose([.. order.Select(place => strata[place])], Math.Min(sample.Documents, bound)).Select(place => order[place])];
        var drawn = chosen.CountBy(place => strata[place]).ToDictionary();
        return (chosen, [.. strata.CountBy(stratum => stratum).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(MostNamed)
            .Select(pair => new SeedStratum(pair.Key, pair.Value, drawn.GetValueOrDefault(pair.Key)))]);
    }

    static string Value(string? metadata, string field)
    {
        if (metadata is null)
            return "";
        using var json = JsonDocument.Parse(metadata);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(field, out var value) ? value.ToString() : "";
    }
}
