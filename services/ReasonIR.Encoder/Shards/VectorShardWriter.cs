using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Contracts.Runs;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Shards;

/// <summary>
/// Writes a shard: <c>NAME.f32</c>, the vectors row-major [rows, dimension] as little-endian f32 without a header (the run's output says how
/// many), <c>NAME.ids</c>, an id a line, and <c>NAME.hashes</c>, the content hash of each document, 32 bytes.
/// </summary>
public sealed class VectorShardWriter(ArtifactStore artifacts)
{
    const int BlockRows = 1024;

    /// <summary>Documents after which progress is told.</summary>
    const int Slice = 512;

    /// <summary>Encodes the documents and stores their vectors.</summary>
    /// <param name="run">The run that is recorded with the files.</param>
    /// <param name="lease">The model.</param>
    /// <param name="name">Relative to the artifact store, without extension.</param>
    /// <param name="documents">Row i is the vector of document i.</param>
    /// <param name="onEncoded">Told how many documents of the shard are encoded.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<VectorShard> WriteAsync(RunContext run, ModelLease lease, string name, IReadOnlyList<Document> documents, Func<int, ValueTask> onEncoded, CancellationToken cancellation)
    {
        var encoder = lease.Encoder;
        var vectors = new float[documents.Count * encoder.Dimension];
        var texts = documents.Select(Text).ToList();
        for (var first = 0; first < texts.Count; first += Slice)
        {
            var count = Math.Min(Slice, texts.Count - first);
            await TextEncoding.EncodeBulkAsync(lease, texts.GetRange(first, count), lease.Prompt("document"), vectors.AsMemory(first * encoder.Dimension, count * encoder.Dimension), cancellation);
            await onEncoded(first + count);
        }

        await using (var ids = artifacts.OpenWrite($"{name}.ids"))
        {
            await ids.Stream.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(documents.Select(document => document.ExternalId + "\n"))), cancellation);
            await ids.CommitAsync("vectors", run, cancellation);
        }
        await using (var hashes = artifacts.OpenWrite($"{name}.hashes"))
        {
            foreach (var document in documents)
                await hashes.Stream.WriteAsync(document.ContentHash, cancellation);
            await hashes.CommitAsync("vectors", run, cancellation);
        }
        await using (var file = artifacts.OpenWrite($"{name}.f32"))
        {
            // In blocks: one span of bytes ends at 2 GiB.
            for (var row = 0; row < documents.Count; row += BlockRows)
            {
                var rows = Math.Min(BlockRows, documents.Count - row);
                file.Stream.Write(MemoryMarshal.AsBytes(vectors.AsSpan(row * encoder.Dimension, rows * encoder.Dimension)));
            }
            await file.CommitAsync("vectors", run, cancellation);
        }
        return new($"{name}.f32", documents.Count);
    }

    /// <summary>What is encoded: title, a blank, text; the text alone where there is no title (as BEIR and Sentence Transformers do).</summary>
    internal static string Text(Document document) => document.Title.Length == 0 ? document.Text : $"{document.Title} {document.Text}";
}
