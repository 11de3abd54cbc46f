using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Retrieval.Seeds;

namespace ReasonIR.Benchmarks.Text;

/// <summary>
/// 100,000 documents through the seed filters, near-duplicates and decontamination: resampled from a collection's sentences, every tenth a
/// copy of an earlier one with a word changed, against the collection's queries and documents as an evaluation. The found duplicates are checked.
/// </summary>
sealed class SeedsBenchmark : IBenchmark
{
    const int Documents = 100_000, Batch = 512, CopyEvery = 10, Back = 7, EvaluationDocuments = 1000;

    public string Name => "seeds";

    public string Description => "100,000 documents through seed filters, near-duplicates and decontamination, all cores (--input FOLDER: another collection)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        var texts = new ResampledTexts(collection, Documents);
        var evaluation = new EvaluationTexts(13);
        foreach (var text in collection.Queries)
            evaluation.Add(text);
        // Answers of which no resampled sentence comes: whole documents by their own words.
        foreach (var (place, (_, text)) in collection.Documents.Take(EvaluationDocuments).Index())
            evaluation.Add(string.Join($" answer{place} ", text.Split(' ').Chunk(6).Select(part => string.Join(' ', part))));
        GC.Collect();
        var funnel = new SeedFunnel(new(MinimumWords: 20, Languages: new HashSet<string> { "en" }, MinimumForm: 2), evaluation);
        var (fell, copies, missed, characters) = (new Dictionary<string, int>(), 0, 0, 0L);
        var stays = new HashSet<int>();
        var (busy, cpu) = (TimeSpan.Zero, TimeSpan.Zero);
        using var process = Process.GetCurrentProcess();
        for (var start = 0; start < Documents; start += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SeedCandidate[] batch = [.. Enumerable.Range(start, Math.Min(Batch, Documents - start)).Select(number => Document(texts, number))];
            characters += batch.Sum(document => (long)document.Text.Length);
            process.Refresh();
            var (clock, before) = (Stopwatch.StartNew(), process.TotalProcessorTime);
            var falls = funnel.Add(batch);
            busy += clock.Elapsed;
            process.Refresh();
            cpu += process.TotalProcessorTime - before;
            foreach (var (place, fall) in falls.Index())
            {
                fell[fall?.Step ?? "kept"] = fell.GetValueOrDefault(fall?.Step ?? "kept") + 1;
                if (fall is null)
                    stays.Add(start + place);
                // Short copies differ by more than a fifth of their sequences, and some originals are not there.
                if (!IsCopy(start + place) || batch[place].Text.Length < 600 || !stays.Contains(start + place - Back))
                    continue;
                copies++;
                missed += fall is null ? 1 : 0;
            }
        }
        await context.Log.WriteLineAsync($"{Name}: {characters / 1e6:F0} MB; {string.Join(", ", fell.Select(pair => $"{pair.Key} {pair.Value}"))}; {copies} long copies with a word changed, {missed} missed");
        var workload = FormattableString.Invariant($"{Documents} documents from {collection.Name}, {characters / 1e6:F0} MB");
        yield return Row(workload, "time", "s", busy.TotalSeconds, 60);
        yield return Row(workload, "CPU time", "s", cpu.TotalSeconds, null);
        yield return Row(workload, "copies missed", "%", 100.0 * missed / Math.Max(1, copies), null);
        process.Refresh();
        yield return Row($"{workload}, the process with the collection", "peak memory", "GB", process.PeakWorkingSet64 / 1e9, 1);
    }

    static bool IsCopy(int number) => number >= CopyEvery && number % CopyEvery == 0;

    static SeedCandidate Document(ResampledTexts texts, int number)
    {
        if (!IsCopy(number))
            return new($"d{number}", "", texts[number]);
        var words = texts[number - Back].Split(' ');
        words[words.Length / 2] = $"changed{number}";
        return new($"d{number}", "", string.Join(' ', words));
    }

    BenchmarkResult Row(string workload, string metric, string unit, double ours, double? goal) => new(Name, workload, metric, unit, Math.Round(ours, 2), goal, HigherIsBetter: false);
}
