using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Shards;

/// <summary>
/// Writes a shard: <c>NAME.f32</c>, the vectors row-major [rows, dimension] as little-endian f32 without a header (the run's output says how
/// many), <c>NAME.ids</c>, the document's id a line, and <c>NAME.hashes</c>, the content hash of each row's document, 32 bytes. A row is a
/// document, or where documents are cut a passage: those of a document are neighbors, in their order. Memory holds some hundred rows.
/// </summary>
public sealed class VectorShardWriter(ArtifactStore artifacts)
{
    /// <summary>Texts that are encoded together, after which progress is told.</summary>
    const int Slice = 512;

    /// <summary>Encodes the documents and stores their vectors.</summary>
    /// <param name="run">The run that is recorded with the files.</param>
    /// <param name="lease">The model.</param>
    /// <param name="name">Relative to the artifact store, without extension.</param>
    /// <param name="documents">In the order of the rows.</param>
    /// <param name="passages">How they are cut; null: not at all.</param>
    /// <param name="onEncoded">Told how many documents of the shard are encoded.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<VectorShard> WriteAsync(
        RunContext run, ModelLease lease, string name, IReadOnlyList<Document> documents, PassageRule? passages, Func<int, ValueTask> onEncoded, CancellationToken cancellation)
    {
        var vectors = new float[Slice * lease.Encoder.Dimension];
        var rows = new int[documents.Count];
        await using var file = artifacts.OpenWrite($"{name}.f32");
        foreach (var slice in Texts(documents, passages, rows).Chunk(Slice))
        {
            var made = vectors.AsMemory(0, slice.Length * lease.Encoder.Dimension);
            await TextEncoding.EncodeBulkAsync(lease, [.. slice.Select(row => row.Text)], lease.Prompt("document"), made, cancellation);
            file.Stream.Write(MemoryMarshal.AsBytes(made.Span));
            await onEncoded(slice[^1].Document + 1);
        }
        await using (var ids = artifacts.OpenWrite($"{name}.ids"))
        {
            foreach (var (document, count) in documents.Zip(rows))
                for (var (line, i) = (Encoding.UTF8.GetBytes(document.ExternalId + "\n"), 0); i < count; i++)
                    await ids.Stream.WriteAsync(line, cancellation);
            await ids.CommitAsync("vectors", run, cancellation);
        }
        await using (var hashes = artifacts.OpenWrite($"{name}.hashes"))
        {
            foreach (var (document, count) in documents.Zip(rows))
                for (var i = 0; i < count; i++)
                    await hashes.Stream.WriteAsync(document.ContentHash, cancellation);
            await hashes.CommitAsync("vectors", run, cancellation);
        }
        // Last: who finds the vectors finds the rest.
        await file.CommitAsync("vectors", run, cancellation);
        return new($"{name}.f32", rows.Sum());
    }

    /// <summary>The texts to encode and the place of each one's document; counts the rows of each.</summary>
    static IEnumerable<(string Text, int Document)> Texts(IReadOnlyList<Document> documents, PassageRule? passages, int[] rows)
    {
        foreach (var (place, document) in documents.Index())
        {
            IReadOnlyList<Passage> cut;
            try
            {
                cut = passages is null ? [new(0, document.Text.Length)] : passages.Cut(document.Text);
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"document '{document.ExternalId}': {e.Message}");
            }
            rows[place] = cut.Count;
            foreach (var passage in cut)
                yield return (passage.Text(document.Title, document.Text), place);
        }
    }
}
