using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Passages;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Qdrant;
using ReasonIR.Retrieval.Vectors;
using ReasonIR.Search.Indexing;

namespace ReasonIR.Search.Searching;

/// <summary>
/// Finds the index that holds a corpus as it stands and keeps the last few open. An index of former content or of other weights is never
/// used silently. Thread-safe.
/// </summary>
public sealed class IndexCatalog(IDbContextFactory<ExperimentsDb> databases, ArtifactStore artifacts, QdrantServers qdrant) : IDisposable
{
    /// <summary>Indexes held open; they are memory-mapped, so an open one costs little.</summary>
    const int MostOpen = 32;

    readonly SemaphoreSlim gate = new(1, 1);
    readonly Dictionary<long, (IDisposable Index, long LastUse)> open = [];
    long uses;

    /// <summary>The corpus, or an error that names it.</summary>
    public async Task<Corpus> CorpusAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Corpora.AsNoTracking().SingleOrDefaultAsync(corpus => corpus.Name == name, ct)
            ?? throw new KeyNotFoundException($"There is no corpus '{name}'.");
    }

    /// <summary>The current index of a kind, or null: same content, and for a dense one the same weights.</summary>
    public async Task<IndexEntry?> FindAsync(Corpus corpus, string kind, string? model, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var candidates = await db.Indexes.AsNoTracking().Include(index => index.Model)
            .Where(index => index.CorpusId == corpus.Id && index.Kind == kind && index.State == IndexState.Ready && index.CorpusHash == corpus.ContentHash
                && (model == null ? index.ModelId == null : index.Model!.Name == model))
            .OrderByDescending(index => index.Id).ToListAsync(ct);
        return candidates.FirstOrDefault(IsUsable);
    }

    /// <summary>Whether its files are there in a form that is read, or it is where indexes are searched now, and the model still makes such vectors.</summary>
    bool IsUsable(IndexEntry index)
    {
        var parameters = IndexParameters.Of(index);
        if (index.Model is null)
            return Path.Exists(artifacts.Resolve(index.Path)) && (parameters.Collection is null || qdrant.Client is not null);
        return parameters.Format == IndexParameters.VectorFormat && parameters.Backend == qdrant.Backend && parameters.IsOf(index.Model)
            && (parameters.Collection is not null || Path.Exists(artifacts.Resolve(index.Path)));
    }

    /// <summary>The revisions of models, by name; those that are not registered are left out.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RevisionsAsync(IReadOnlyList<string> models, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Models.AsNoTracking().Where(model => models.Contains(model.Name)).ToDictionaryAsync(model => model.Name, model => model.Revision, ct);
    }

    /// <summary>The current BM25 index of a corpus.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message says how one is made.</exception>
    public async Task<(Bm25Index Index, PassageRule? Passages)> Bm25Async(Corpus corpus, CancellationToken ct)
    {
        var entry = await FindAsync(corpus, "bm25", null, ct)
            ?? throw new KeyNotFoundException($"Corpus '{corpus.Name}' has no current BM25 index; run: index {corpus.Name} --kind bm25");
        return (await OpenBm25Async(entry, ct), PassageRule.Parse(IndexParameters.Of(entry).Passages));
    }

    /// <summary>The corpus's current BM25 index as Qdrant holds it; null where the embedded one is searched.</summary>
    /// <exception cref="QdrantException">The server does not answer, or has lost the collection.</exception>
    public async Task<QdrantBm25Index?> RemoteBm25Async(Corpus corpus, Bm25Index terms, CancellationToken ct)
    {
        if (qdrant.Client is null || await FindAsync(corpus, "bm25", null, ct) is not { } entry || IndexParameters.Of(entry) is not { Collection: { } collection } made)
            return null;
        return await QdrantBm25Index.OpenAsync(qdrant.Client, collection, terms, made.K1 ?? 0.9, made.B ?? 0.4, ct);
    }

    /// <summary>The newest BM25 index that the corpus ever had by an analyzer and a rule of passages, or null; of whatever content, to take documents over from.</summary>
    public async Task<Bm25Index?> FormerBm25Async(Corpus corpus, string analyzer, PassageRule? passages, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var entries = await db.Indexes.AsNoTracking().Where(index => index.CorpusId == corpus.Id && index.Kind == "bm25" && index.State == IndexState.Ready)
            .OrderByDescending(index => index.Id).ToListAsync(ct);
        return entries.Find(index => IndexParameters.Of(index) is var made && made.Analyzer == analyzer && made.Passages == passages?.ToString() && Path.Exists(artifacts.Resolve(index.Path))) is { } entry
            ? await ReadableBm25Async(entry, ct) : null;
    }

    /// <summary>An index, or null where its file is damaged or of another version of the format.</summary>
    public async Task<Bm25Index?> ReadableBm25Async(IndexEntry entry, CancellationToken ct)
    {
        try
        {
            var index = await OpenBm25Async(entry, ct);
            await Task.Run(index.Verify, ct);
            return index;
        }
        catch (Bm25FormatException)
        {
            return null;
        }
    }

    /// <summary>The current vector index of a corpus and model.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message says how one is made.</exception>
    public async Task<(IVectorIndex Index, IndexParameters Parameters)> VectorsAsync(Corpus corpus, string model, CancellationToken ct)
    {
        var entry = await FindAsync(corpus, "dense", model, ct)
            ?? throw new KeyNotFoundException($"Corpus '{corpus.Name}' has no current index by model '{model}'; run: index {corpus.Name} --kind dense --model {model}");
        var parameters = IndexParameters.Of(entry);
        return ((IVectorIndex)await OpenAsync(entry, () => parameters.Collection is { } collection
            ? OpenRemoteAsync(collection, parameters.VectorSettings(model), corpus.Name, ct)
            : Task.FromResult<IDisposable>(OpenFolder(artifacts.Resolve(entry.Path), parameters.VectorSettings(model))), ct), parameters);
    }

    async Task<Bm25Index> OpenBm25Async(IndexEntry entry, CancellationToken ct) =>
        (Bm25Index)await OpenAsync(entry, () => Task.FromResult<IDisposable>(Bm25Index.Open(artifacts.Resolve(entry.Path))), ct);

    async Task<IDisposable> OpenRemoteAsync(string collection, VectorIndexSettings settings, string corpus, CancellationToken ct) =>
        await QdrantVectorIndex.OpenAsync(qdrant.Client!, collection, settings, corpus, qdrant.Options, ct);

    static VectorIndex OpenFolder(string path, VectorIndexSettings settings)
    {
        var index = VectorIndex.Open(path);
        foreach (var (name, value) in settings.Properties!)
            if (index.Settings.Properties?.GetValueOrDefault(name) is var own && (own ?? "") != value)
            {
                index.Dispose();
                throw new InvalidDataException($"{path}: the index was made with {name} '{own}', its entry says '{value}'; build it again.");
            }
        return index;
    }

    async Task<IDisposable> OpenAsync(IndexEntry entry, Func<Task<IDisposable>> opener, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            if (!open.TryGetValue(entry.Id, out var held))
            {
                held = (await Task.Run(opener, ct), 0);
                // The one that leaves is not disposed here: a search may still be at work in it, and its finalizer unmaps it.
                while (open.Count >= MostOpen)
                    open.Remove(open.MinBy(pair => pair.Value.LastUse).Key);
            }
            open[entry.Id] = (held.Index, ++uses);
            return held.Index;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (index, _) in open.Values)
            index.Dispose();
        gate.Dispose();
    }
}
