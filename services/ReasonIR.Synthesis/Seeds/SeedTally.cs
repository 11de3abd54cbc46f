using ReasonIR.Contracts.Runs;

namespace ReasonIR.Synthesis.Seeds;

/// <summary>Counts what falls at which step, with the first few examples.</summary>
sealed class SeedTally
{
    const int Examples = 5, TextLength = 160;

    readonly Dictionary<string, (int Dropped, List<SeedExample> First)> steps = new(StringComparer.Ordinal);

    public int Documents { get; set; }

    public void Fell(string step, string id, string why, string text)
    {
        var (dropped, first) = steps.TryGetValue(step, out var known) ? known : (0, []);
        if (first.Count < Examples)
            first.Add(new(id, why, text.Length > TextLength ? $"{text.AsSpan(0, char.IsHighSurrogate(text[TextLength - 1]) ? TextLength - 1 : TextLength)}…" : text));
        steps[step] = (dropped + 1, first);
    }

    /// <param name="order">The steps that were taken, in their order.</param>
    public SeedReport Report(IEnumerable<string> order, IReadOnlyList<SeedStratum>? strata, double seconds)
    {
        var left = Documents;
        List<SeedStep> told = [];
        foreach (var name in order)
        {
            var (dropped, first) = steps.TryGetValue(name, out var known) ? known : (0, []);
            told.Add(new(name, dropped, left -= dropped, first));
        }
        return new(Documents, left, told, strata, Math.Round(seconds, 2));
    }
}
