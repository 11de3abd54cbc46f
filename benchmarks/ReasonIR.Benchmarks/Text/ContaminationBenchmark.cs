using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Benchmarks.Text;

/// <summary>
/// 100,000 training examples (a query, a positive, a negative) against an evaluation of 10,000 queries and as many documents, all resampled from
/// a collection's sentences. A made-up word after every three keeps the examples from sharing runs of words with the evaluation; what every
/// hundredth of them does share is planted, and must be all that is found.
/// </summary>
sealed class ContaminationBenchmark : IBenchmark
{
    const int Examples = 100_000, Batch = 2000, Evaluated = 10_000, QueryTerms = 24, PlantEvery = 100, Words = 13, Parted = 3;

    static readonly OverlapKind[] Planted = [OverlapKind.QueryExact, OverlapKind.QueryGram, OverlapKind.DocumentExact, OverlapKind.DocumentGram, OverlapKind.GoldId];

    public string Name => "contamination";

    public string Description => "100,000 training examples against 10,000 queries and documents: runs of 13 words, whole texts, ids; all cores (--input FOLDER: another collection)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        var texts = new ResampledTexts(collection, Examples);
        EvaluationQuery[] queries = [.. Enumerable.Range(0, Evaluated).Select(i => new EvaluationQuery($"q{i}", Query(texts, i), [$"d{i}"]))];
        EvaluationDocument[] documents = [.. Enumerable.Range(0, Evaluated).Select(i => new EvaluationDocument($"d{i}", "", texts[i] + Query(texts, Evaluated + Examples + i)))];
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var scan = new ContaminationScan(queries, new(Words));
        foreach (var document in documents)
            scan.Add(document);
        var (busy, used) = (clock.Elapsed, Environment.CpuUsage.TotalTime - cpu);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        yield return Row($"{Evaluated:N0} queries and documents, {scan.Size / 1e6:F1} M runs of {Words} words", "index, memory", "MB", held / 1e6);

        var characters = 0L;
        for (var start = 0; start < Examples; start += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TrainedExample[] batch = [.. Enumerable.Range(start, Batch).Select(number => Example(number, texts, queries, documents))];
            characters += batch.Sum(example => (long)example.Query.Length + example.Positives[0].Text.Length + example.Negatives[0].Text.Length);
            (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            scan.Scan(batch);
            (busy, used) = (busy + clock.Elapsed, used + Environment.CpuUsage.TotalTime - cpu);
        }
        var found = scan.Finish();

        var workload = FormattableString.Invariant($"{Examples:N0} examples from {collection.Name}, {characters / 1e6:F0} MB, {Environment.ProcessorCount} threads, index included");
        yield return Row(workload, "time", "s", busy.TotalSeconds);
        yield return Row(workload, "CPU time", "s", used.TotalSeconds);
        process.Refresh();
        yield return Row($"{workload}, the process with the collection", "peak memory", "GB", process.PeakWorkingSet64 / 1e9);
        var expected = Enumerable.Range(0, Examples).Where(IsPlanted).Select(number => (Kind(number), Place(number), number)).ToHashSet();
        var seen = found.SelectMany(overlap => overlap.First.Select(number => (overlap.Kind, Of(overlap), number))).ToHashSet();
        yield return Row($"{expected.Count:N0} planted overlaps", "missed", "overlaps", expected.Count(plant => !seen.Contains(plant)), goal: 0);
        // Near queries are left out: two of the same sentences may well be near each other.
        yield return Row("examples without a planted overlap", "called contaminated", "examples",
            seen.Where(hit => hit.Kind != OverlapKind.QueryNear && !IsPlanted(hit.number)).Select(hit => hit.number).Distinct().Count(), goal: 0);
    }

    static bool IsPlanted(int number) => number % PlantEvery == 0;

    static OverlapKind Kind(int number) => Planted[number / PlantEvery % Planted.Length];

    /// <summary>The evaluation's text that an example shares something with: another one for each.</summary>
    static int Place(int number) => number / PlantEvery * 7 % Evaluated;

    static int Of(Overlap overlap) => int.Parse((overlap.Query ?? overlap.Document!).AsSpan(1), CultureInfo.InvariantCulture);

    static string Query(ResampledTexts texts, int number) => texts.Query(number, QueryTerms, new SimpleAnalyzer());

    static TrainedExample Example(int number, ResampledTexts texts, EvaluationQuery[] queries, EvaluationDocument[] documents)
    {
        var (query, positive, negative) = (Apart(Query(texts, Evaluated + number), number), Apart(texts[Evaluated + 2 * number], number), Apart(texts[Evaluated + 2 * number + 1], number));
        string? id = null;
        if (IsPlanted(number))
            switch (Kind(number))
            {
                case OverlapKind.QueryExact:
                    query = queries[Place(number)].Text.ToUpperInvariant();
                    break;
                case OverlapKind.QueryGram:
                    positive = Holding(positive, Run(queries[Place(number)].Text, number));
                    break;
                case OverlapKind.DocumentExact:
                    positive = documents[Place(number)].Text.Replace(" ", " - ", StringComparison.Ordinal);
                    break;
                case OverlapKind.DocumentGram:
                    negative = Holding(negative, Run(documents[Place(number)].Text, number));
                    break;
                default:
                    id = documents[Place(number)].Id;
                    break;
            }
        return new(number, query, [new(positive, id)], [new(negative)]);
    }

    /// <summary>The text with a word after every three that stands nowhere else.</summary>
    static string Apart(string text, int number)
    {
        var (apart, words) = (new StringBuilder(), 0);
        for (var i = 0; i < text.Length; i++)
        {
            apart.Append(text[i]);
            if (IsOfWord(text[i]) && (i + 1 == text.Length || !IsOfWord(text[i + 1])) && ++words % Parted == 0)
                apart.Append(CultureInfo.InvariantCulture, $" apart{number} ");
        }
        return apart.ToString();

        static bool IsOfWord(char c) => char.IsLetterOrDigit(c) || char.IsSurrogate(c);
    }

    /// <summary>A text with another in its midst.</summary>
    static string Holding(string text, string other) => text.IndexOf(' ', text.Length / 2) is > 0 and var middle ? $"{text[..middle]} {other} {text[middle..]}" : $"{text} {other}";

    /// <summary>So many words in a row, from anywhere in the text; a "word" between spaces may be none or several, so one that is one.</summary>
    static string Run(string text, int number)
    {
        var words = text.Split(' ').Where(word => word.Any(char.IsLetterOrDigit)).ToArray();
        return string.Join(' ', words.Skip(number / PlantEvery % Math.Max(1, words.Length - Words + 1)).Take(Words));
    }

    BenchmarkResult Row(string workload, string metric, string unit, double ours, double? goal = null) => new(Name, workload, metric, unit, Math.Round(ours, 2), goal, HigherIsBetter: false);
}
