using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>Finds out in one pass what the examples of a version are like. Memory grows with hashes and numbers, never with texts.</summary>
public sealed class DatasetProfiler
{
    const int MostInstructions = 10_000, ShownInstructions = 20, ShownCharacters = 300;

    readonly TextLengths query = new("query"), instruction = new("instruction"), positive = new("positive"), negative = new("negative"), reasoned = new("reasoned");
    readonly Bins positivesEach = Bins.OfCounts(), negativesEach = Bins.OfCounts();
    readonly Dictionary<string, long> generators = [], steps = [], instructions = [], tags = [];
    readonly Dictionary<(string Name, string Hash), long> prompts = [];
    readonly Dictionary<UInt128, int> sources = [];
    readonly DuplicateSearch duplicates = new();
    readonly DifficultyTally difficulty = new();
    readonly JudgeTally judge = new();
    readonly ScoreTally scores = new();
    readonly long[] overlap = new long[10];
    readonly List<ulong> buffer = [];
    int examples, without, leastNegatives = int.MaxValue;

    /// <summary>Counts an example in.</summary>
    public void Add(Example example)
    {
        examples++;
        var metadata = example.TryReadMetadata();
        var asked = Words(example.Query);
        query.Add(asked.Count);
        var (good, bad) = (Measure(example.Positives, positive), Measure(example.Negatives, negative));
        positivesEach.Add(good.Count);
        negativesEach.Add(bad.Count);
        leastNegatives = Math.Min(leastNegatives, bad.Count);
        if (example.Instruction is { } told)
        {
            instruction.Add(Words(told).Count);
            if (instructions.Count < MostInstructions || instructions.ContainsKey(told))
                Count(instructions, told);
        }
        if (metadata.Reasoned is { } thought)
            reasoned.Add(Words(thought).Count);
        Count(generators, example.Generator);
        AddPrompts(example, metadata.Synthesis);
        AddSource(example);
        duplicates.Add(example, asked, good, bad);
        AddOverlap(asked, good);
        scores.Add(example);
        foreach (var tag in metadata.Review?.Tags ?? [])
            Count(tags, tag);
        if (metadata.Synthesis is not { } facts)
            return;
        Count(steps, facts.Step ?? "");
        difficulty.Add(facts);
        judge.Add(facts);
    }

    /// <summary>What was found.</summary>
    public DatasetReport Read(CancellationToken ct) => new(
        examples, [.. new[] { query, instruction, positive, negative, reasoned }.Select(lengths => lengths.Read()).OfType<LengthFacts>()],
        positivesEach.Read(), negativesEach.Read(), examples == 0 ? 0 : leastNegatives, Most(generators), Most(steps.Where(step => step.Key.Length > 0)),
        [.. prompts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(100).Select(pair => new PromptCount(pair.Key.Name, pair.Key.Hash, pair.Value))],
        [.. Most(instructions).Take(ShownInstructions).Select(row => row with { Name = row.Name.Length > ShownCharacters ? row.Name[..ShownCharacters] + "…" : row.Name })], instructions.Count,
        new(sources.Count, sources.Count == 0 ? 0 : sources.Values.Max(), without), duplicates.Read(ct),
        examples == 0 ? [] : [.. overlap.Select((count, i) => new NamedCount($"{i * 10}–{i * 10 + (i == 9 ? 10 : 9)} %", count))],
        difficulty.Read(), judge.Read(), scores.Read(), Most(tags));

    List<ulong> Words(string text)
    {
        TextTokens.Read(text, buffer);
        return [.. buffer];
    }

    List<List<ulong>> Measure(IReadOnlyList<Passage> passages, TextLengths lengths)
    {
        var all = new List<List<ulong>>(passages.Count);
        foreach (var passage in passages)
        {
            var words = Words(passage.Text);
            lengths.Add(words.Count);
            all.Add(words);
        }
        return all;
    }

    void AddPrompts(Example example, SynthesisFacts? facts)
    {
        var named = facts?.Prompts ?? new Dictionary<string, string>();
        foreach (var (name, hash) in named)
            Count(prompts, (name, hash));
        if (example.PromptHash is { } only && !named.Values.Contains(only))
            Count(prompts, ("", only));
    }

    void AddSource(Example example)
    {
        if (example.SourceDocumentId is not { } document)
        {
            without++;
            return;
        }
        // Ids differ in case and punctuation too: by bytes, not by words.
        ReadOnlySpan<byte> hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(document));
        var key = new UInt128(BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
        sources[key] = sources.GetValueOrDefault(key) + 1;
    }

    void AddOverlap(List<ulong> asked, List<List<ulong>> positives)
    {
        if (positives.Count == 0 || asked.Count == 0)
            return;
        var (wanted, there) = (asked.ToHashSet(), positives[0].ToHashSet());
        overlap[Math.Min(9, wanted.Count(there.Contains) * 10 / wanted.Count)]++;
    }

    static void Count<T>(Dictionary<T, long> counts, T key) where T : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;

    static IReadOnlyList<NamedCount> Most(IEnumerable<KeyValuePair<string, long>> counts) =>
        [.. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(1000).Select(pair => new NamedCount(pair.Key, pair.Value))];
}
