using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Text;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Benchmarks.Data;

/// <summary>100,000 training examples made from sentences of a collection against 10,000 texts made of others.</summary>
sealed class ContaminationBenchmark : IBenchmark
{
    const int Examples = 100_000, Texts = 10_000, Queries = 1000, Batch = 2000;
    const double Goal = 10;

    public string Name => "contamination";

    public string Description => "100,000 training examples against 10,000 evaluation texts (--input FOLDER), in process";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        var sentences = collection.Documents.SelectMany(document => document.Text.Split(". ", StringSplitOptions.RemoveEmptyEntries)).Where(text => text.Length > 20).ToArray();
        var random = new Random(1);
        // Training draws from the first nine tenths, the evaluation from all: some texts are copied, most are not.
        string Sentence(double share) => sentences[random.Next((int)(sentences.Length * share))];
        var queries = Enumerable.Range(0, Queries).Select(i => new EvaluationQuery($"q{i}", Sentence(1), [])).ToList();
        var documents = Enumerable.Range(0, Texts - Queries).Select(i => new EvaluationDocument($"d{i}", "", string.Join(". ", Enumerable.Range(0, 8).Select(_ => Sentence(1))))).ToList();
        var examples = Enumerable.Range(0, Examples).Select(i => new TrainedExample(i, Sentence(0.9), [new(string.Join(". ", Sentence(0.9), Sentence(0.9), Sentence(0.9)))], [new(string.Join(". ", Sentence(0.9), Sentence(0.9), Sentence(0.9)))])).ToList();
        var bytes = examples.Sum(example => (long)Encoding.UTF8.GetByteCount(example.Query) + Encoding.UTF8.GetByteCount(example.Positives[0].Text) + Encoding.UTF8.GetByteCount(example.Negatives[0].Text));
        GC.Collect();
        var before = GC.GetTotalMemory(true);
        var clock = Stopwatch.StartNew();
        var scan = new ContaminationScan(queries);
        foreach (var document in documents)
            scan.Add(document);
        var held = GC.GetTotalMemory(true) - before;
        foreach (var batch in examples.Chunk(Batch))
            scan.Scan(batch);
        var found = scan.Finish();
        var seconds = clock.Elapsed.TotalSeconds;
        // No scan is faster than touching every letter once.
        clock.Restart();
        foreach (var example in examples)
            GC.KeepAlive(example.Query.AsSpan().Count('\n') + example.Positives[0].Text.AsSpan().Count('\n') + example.Negatives[0].Text.AsSpan().Count('\n'));
        var workload = FormattableString.Invariant($"{Examples} examples ({bytes / 1e6:0} MB) of {collection.Name} against {Texts} texts, {scan.Size} word sequences, {found.Count} findings");
        yield return new(Name, workload, "scan", "s", seconds, Goal, HigherIsBetter: false, Limit: clock.Elapsed.TotalSeconds);
        yield return new(Name, workload, "index", "MB", held / 1e6, HigherIsBetter: false);
    }
}
