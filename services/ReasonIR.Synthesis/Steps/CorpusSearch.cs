using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Synthesis.Generation;

namespace ReasonIR.Synthesis.Steps;

/// <summary>BM25 over the corpus of a run: candidates for positives, and how hard passages are. One file, built once, that every worker of the run maps. Thread-safe.</summary>
sealed class CorpusSearch(Bm25Index index) : IDisposable
{
    /// <summary>Ranks beyond are not recorded.</summary>
    public const int LastRank = 1000;

    const string Name = "corpus.bm25";

    /// <summary>Builds the index in the run's work folder, unless it lies there.</summary>
    public static async Task BuildAsync(RunContext run, long corpus, CancellationToken cancellation)
    {
        var file = Path.Combine(run.WorkFolder, Name);
        if (File.Exists(file))
            return;
        await run.ReportProgressAsync(null, "indexing the corpus");
        await Bm25Index.BuildAsync(TextsAsync(run, corpus, cancellation), LuceneEnglishAnalyzer.Instance, run.AttemptFile(Name), cancellation);
        File.Move(run.AttemptFile(Name), file, overwrite: true);
    }

    /// <param name="folder">The work folder of the run that built it.</param>
    public static CorpusSearch Open(string folder) => new(Bm25Index.Open(Path.Combine(folder, Name)));

    /// <summary>Ids of the best documents, best first.</summary>
    public IReadOnlyList<string> Rank(string query, int count, string excluded) => [.. index.Search(query, count, exclude: new HashSet<string> { excluded }).Select(document => document.Id)];

    /// <summary>The passages that are documents with their ranks and scores for the query; beyond <see cref="LastRank"/> the score alone.</summary>
    public List<DraftPassage> Measure(string query, IReadOnlyList<DraftPassage> passages)
    {
        if (passages.All(passage => passage.Passage.DocumentId is null))
            return [.. passages];
        var ranks = index.Search(query, LastRank).Index().ToDictionary(document => document.Item.Id, document => document.Index + 1);
        return [.. passages.Select(passage => passage.Passage.DocumentId is not { } id || !index.Contains(id) ? passage : passage with
        {
            Facts = passage.Facts with { Bm25Rank = ranks.TryGetValue(id, out var rank) ? rank : null, Bm25Score = Math.Round(index.Explain(query, id)?.Score ?? 0, 4) },
        })];
    }

    public void Dispose() => index.Dispose();

    static async IAsyncEnumerable<(string Id, string Text)> TextsAsync(RunContext run, long corpus, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        db.Database.SetCommandTimeout(0);
        await foreach (var document in db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus).OrderBy(document => document.Id).AsAsyncEnumerable().WithCancellation(cancellation))
            yield return (document.ExternalId, Passages.Of(document).Text);
    }
}
