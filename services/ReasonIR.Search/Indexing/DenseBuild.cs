using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Vectors;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Indexing;

/// <summary>Builds vector indexes: asks the Encoder for the corpus's vectors by a run of its own, then assembles them, here or at Qdrant.</summary>
public sealed class DenseBuild(ArtifactStore artifacts, DocumentStore documents, QdrantServers qdrant, QdrantBuild remote)
{
    const int ReportEvery = 10_000;

    /// <summary>Waits for the vectors and makes the index.</summary>
    public async Task<BuiltIndex> BuildAsync(RunContext run, Corpus corpus, Model model, string storage, PassageRule? passages, CancellationToken cancellation)
    {
        var output = await EncodeAsync(run, corpus, model, passages, cancellation);
        var parameters = new IndexParameters(
            ModelRevision: model.Revision, Dimension: output.Dimension, Dtype: storage, Metric: "cosine", Backend: qdrant.Backend, QueryPrompt: output.QueryPrompt,
            DocumentPrompt: output.DocumentPrompt, Pooling: model.Pooling, MaxTokens: model.MaxTokens, Storage: storage, Format: IndexParameters.VectorFormat, Passages: passages?.ToString());
        using var encoded = await EncodedCorpus.OpenAsync(artifacts, output, cancellation);
        var vectors = VectorsAsync(run, corpus, encoded, cancellation);
        return qdrant.Client is null
            ? await EmbeddedAsync(run, corpus, model, parameters, vectors, cancellation)
            : await remote.BuildAsync(run, corpus, model, parameters, vectors, cancellation);
    }

    async Task<BuiltIndex> EmbeddedAsync(RunContext run, Corpus corpus, Model model, IndexParameters parameters, IAsyncEnumerable<VectorDocument> vectors, CancellationToken cancellation)
    {
        var path = $"indexes/{corpus.Name}-{model.Name}-{run.RunId}.vectors";
        var folder = artifacts.CreateFolder(path);
        var (count, rows) = (0, 0L);
        using (var builder = new VectorIndexBuilder(folder, parameters.VectorSettings(model.Name)))
        {
            await foreach (var document in vectors)
            {
                builder.Add(document.Id, document.Vectors.Span, document.Metadata);
                rows += document.Vectors.Length / parameters.Dimension!.Value;
            }
            count = builder.Count;
            builder.Complete();
        }
        await artifacts.CommitFolderAsync(folder, path, "index", run, cancellation);
        return new(path, count, parameters with { Vectors = parameters.Passages is null ? null : rows });
    }

    async Task<EncodeOutput> EncodeAsync(RunContext run, Corpus corpus, Model model, PassageRule? passages, CancellationToken cancellation)
    {
        await run.ReportProgressAsync(null, "waits for the vectors");
        var spec = new EncodeSpec(corpus.Name, model.Name, Passages: passages is null ? null : (passages with { Aggregation = "max" }).ToString());
        // How a model is served stands in its metadata: vectors of other settings are others.
        var served = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(model.Metadata)))[..12];
        var id = await run.EnqueueChildAsync(
            RunKinds.Encode, spec.Title, spec, $"encode/{IndexParameters.ShardFormat}/{corpus.ContentHash}/{model.Revision}/{served}{passages?.Cut.Insert(0, "/")}", RunSpecs.Version, cancellation);
        await run.Queue.GoOnAsync([id], cancellation);
        var encoded = await run.Queue.WaitAsync(id, cancellation);
        if (encoded.State != RunState.Succeeded)
            throw new InvalidOperationException($"encode (run {id}) {encoded.State.ToString().ToLowerInvariant()}: {encoded.Error ?? "no reason given"}");
        var output = encoded.ReadOutput<EncodeOutput>() ?? throw new InvalidDataException($"encode (run {id}) left no output.");
        if (output.CorpusHash != corpus.ContentHash || output.ModelRevision != model.Revision || output.Passages != passages?.Cut)
            throw new TransientRunException("The corpus or the model changed while it was encoded.");
        return output;
    }

    /// <summary>The documents with their vectors, in the order of their rows: a build that goes on finds them in the same order.</summary>
    async IAsyncEnumerable<VectorDocument> VectorsAsync(RunContext run, Corpus corpus, EncodedCorpus encoded, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var count = 0L;
        await foreach (var document in documents.StreamAsync(corpus.Id, withText: false, cancellation))
        {
            yield return new(document.ExternalId, encoded.Read(document), FilterableMetadata.Of(document.Metadata));
            if (++count % ReportEvery == 0)
                await run.ReportProgressAsync(count / (double)corpus.DocumentCount, $"{count:N0} documents");
        }
    }
}
