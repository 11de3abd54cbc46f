using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Indexing;

/// <summary>Builds an index, or finds that it is there already.</summary>
public sealed class IndexHandler(IndexCatalog catalog, Bm25Build bm25, QdrantBm25Build remoteBm25, DenseBuild dense) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Index;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<IndexSpec>();
        var corpus = await catalog.CorpusAsync(spec.Corpus, cancellation);
        if (corpus.DocumentCount == 0)
            throw new ArgumentException($"corpus: '{spec.Corpus}' holds no documents.");
        await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        Model? model = null;
        if (spec.Kind == "dense")
        {
            model = await ModelAsync(run, spec.Model!, cancellation);
            await run.LinkAsync(LinkDirection.Input, "model", model.Id, cancellation: cancellation);
        }

        var found = await catalog.FindAsync(corpus, spec.Kind, model?.Name, cancellation);
        var passages = PassageRule.Parse(spec.Passages);
        var reused = found is not null && IndexParameters.Of(found) is var made && made.Passages == passages?.ToString()
            && (spec.Kind == "dense" ? made.Storage == spec.Storage : made.Analyzer == spec.Analyzer && (spec.Engine is null || made.Backend == spec.Engine && made.K1 == K1(spec) && made.B == B(spec)));
        if (reused && spec.Kind == "bm25" && await catalog.ReadableBm25Async(found!, cancellation) is null)
        {
            await run.LogAsync(RunLogLevel.Warning, $"The index that is there (number {found!.Id}) cannot be read; it is built again.");
            reused = false;
        }
        if (!reused)
        {
            var built = model is null ? await bm25.BuildAsync(run, corpus, spec.Analyzer, passages, cancellation) : await dense.BuildAsync(run, corpus, model, spec.Storage, passages, cancellation);
            if (K1(spec) is { } k1 && B(spec) is { } b)
                built = await remoteBm25.BuildAsync(run, corpus, built, k1, b, cancellation);
            found = await run.WriteAsync(async db =>
            {
                // An index is known by the content it holds: what was read while an import changed it is neither the old nor the new one.
                if (await db.Corpora.Where(row => row.Id == corpus.Id).Select(row => row.ContentHash).SingleOrDefaultAsync(cancellation) != corpus.ContentHash)
                    throw new TransientRunException($"The corpus '{corpus.Name}' changed while it was indexed.");
                // A run that died between this write and its end finds its own row again.
                var entry = await db.Indexes.SingleOrDefaultAsync(index => index.RunId == run.RunId, cancellation);
                if (entry is null)
                    db.Indexes.Add(entry = new() { CorpusId = corpus.Id, Kind = spec.Kind, ModelId = model?.Id, RunId = run.RunId });
                (entry.Path, entry.DocumentCount, entry.CorpusHash, entry.State) = (built.Path, built.Documents, corpus.ContentHash, IndexState.Ready);
                entry.Parameters = ExperimentsJson.Write(built.Parameters);
                await db.SaveChangesAsync(cancellation);
                return entry;
            }, cancellation);
        }
        await run.LogAsync(reused ? $"The index is there already (number {found!.Id})." : $"Indexed {found!.DocumentCount:N0} documents{(IndexParameters.Of(found).Vectors is { } parts ? $" in {parts:N0} passages" : "")}.");
        await run.LinkAsync(LinkDirection.Output, "index", found.Id, cancellation: cancellation);
        await run.SetOutputAsync(new IndexOutput(found.Id, found.DocumentCount, reused), cancellation);
    }

    static double? K1(IndexSpec spec) => spec.Engine == IndexParameters.Qdrant ? spec.K1 ?? 0.9 : null;

    static double? B(IndexSpec spec) => spec.Engine == IndexParameters.Qdrant ? spec.B ?? 0.4 : null;

    static async Task<Model> ModelAsync(RunContext run, string name, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        return await db.Models.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation)
            ?? throw new ArgumentException($"model: there is no model '{name}'.");
    }
}

/// <summary>An index file that was built.</summary>
/// <param name="Path">Relative to the artifact store.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Parameters">What it was made with.</param>
public sealed record BuiltIndex(string Path, long Documents, IndexParameters Parameters);
