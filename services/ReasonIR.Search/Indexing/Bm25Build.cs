using System.Runtime.CompilerServices;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Search.Indexing;

/// <summary>Builds BM25 indexes from the database.</summary>
public sealed class Bm25Build(DocumentStore documents, ArtifactStore artifacts)
{
    const int ReportEvery = 5000;

    /// <summary>Streams the corpus through the analyzer into an index file.</summary>
    public async Task<BuiltIndex> BuildAsync(RunContext run, Corpus corpus, string analyzer, CancellationToken cancellation)
    {
        var file = Path.Combine(run.WorkFolder, "index.bm25");
        var statistics = await Bm25Index.BuildAsync(TextsAsync(run, corpus, cancellation), Analyzers.ByName(analyzer), file, cancellation);
        var path = $"indexes/{corpus.Name}-bm25-{run.RunId}.bm25";
        await artifacts.CommitFileAsync(file, path, "index", run, cancellation);
        await run.LogAsync($"{statistics.Terms:N0} terms, {statistics.Tokens:N0} tokens.");
        return new(path, statistics.Documents, new(Analyzer: analyzer));
    }

    async IAsyncEnumerable<(string Id, string Text)> TextsAsync(RunContext run, Corpus corpus, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var count = 0L;
        await foreach (var document in documents.StreamAsync(corpus.Id, cancellation: cancellation))
        {
            yield return (document.ExternalId, $"{document.Title} {document.Text}");
            if (++count % ReportEvery == 0)
                await run.ReportProgressAsync(count / (double)corpus.DocumentCount, $"{count:N0} documents");
        }
    }
}
