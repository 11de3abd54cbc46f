using System.Diagnostics;
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

/// <summary>The beginning of a shard that is not finished.</summary>
/// <param name="File">In the run's work folder: vectors, row-major [texts, dimension].</param>
/// <param name="Texts">Vectors in it; what stands behind them does not count.</param>
public sealed record UnfinishedShard(string File, int Texts);

/// <summary>
/// Writes a shard: <c>NAME.f32</c>, the vectors row-major [rows, dimension] as little-endian f32 without a header (the run's output says how
/// many), <c>NAME.ids</c>, the document's id a line, and <c>NAME.hashes</c>, the content hash of each row's document, 32 bytes. A row is a
/// document, or where documents are cut a passage: those of a document are neighbors, in their order. Memory holds some hundred rows.
/// </summary>
/// <param name="afterSlice">Told of the texts that are encoded; a seam for what happens in the middle of a shard.</param>
public sealed class VectorShardWriter(ArtifactStore artifacts, Func<int, CancellationToken, Task>? afterSlice = null)
{
    /// <summary>Texts that are encoded together, after which progress is told; so many are lost at most by a pause.</summary>
    public const int Slice = 128;

    /// <summary>What a worker may lose that is killed.</summary>
    static readonly TimeSpan KeepEvery = TimeSpan.FromSeconds(10);

    /// <summary>Encodes the documents and stores their vectors.</summary>
    /// <param name="run">The run that is recorded with the files.</param>
    /// <param name="lease">The model.</param>
    /// <param name="name">Relative to the artifact store, without extension.</param>
    /// <param name="documents">In the order of the rows.</param>
    /// <param name="passages">How they are cut; null: not at all.</param>
    /// <param name="before">What an earlier attempt kept of this shard.</param>
    /// <param name="keep">Keeps what there is so far: when the run is told to stop, and now and then.</param>
    /// <param name="onEncoded">Told how many documents of the shard are encoded.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<VectorShard> WriteAsync(
        RunContext run, ModelLease lease, string name, IReadOnlyList<Document> documents, PassageRule? passages, UnfinishedShard? before, Func<UnfinishedShard, Task> keep,
        Func<int, ValueTask> onEncoded, CancellationToken cancellation)
    {
        var rows = new int[documents.Count];
        var file = run.AttemptFile($"{Path.GetFileName(name)}.f32");
        await EncodeAsync(run, lease, file, Texts(documents, passages, rows), before, keep, onEncoded, cancellation);
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
        await artifacts.CommitFileAsync(file, $"{name}.f32", "vectors", run, cancellation);
        foreach (var former in Directory.GetFiles(run.WorkFolder, $"*-{Path.GetFileName(name)}.f32").Where(other => string.CompareOrdinal(other, file) < 0))
            File.Delete(former);
        return new($"{name}.f32", rows.Sum());
    }

    /// <summary>The vectors into a file of this attempt, beginning with those that an earlier one kept.</summary>
    async Task EncodeAsync(
        RunContext run, ModelLease lease, string file, IEnumerable<(string Text, int Document)> texts, UnfinishedShard? before, Func<UnfinishedShard, Task> keep,
        Func<int, ValueTask> onEncoded, CancellationToken cancellation)
    {
        var (dimension, vectors) = (lease.Encoder.Dimension, new float[Slice * lease.Encoder.Dimension]);
        await using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read);
        var done = before is null ? 0 : await TakeOverAsync(Path.Combine(run.WorkFolder, before.File), before.Texts, dimension, stream, cancellation);
        var (kept, since) = (done, Stopwatch.StartNew());
        try
        {
            foreach (var slice in texts.Skip(done).Chunk(Slice))
            {
                var made = vectors.AsMemory(0, slice.Length * dimension);
                await TextEncoding.EncodeBulkAsync(lease, [.. slice.Select(row => row.Text)], lease.Prompt("document"), made, cancellation);
                stream.Write(MemoryMarshal.AsBytes(made.Span));
                done += slice.Length;
                await onEncoded(slice[^1].Document + 1);
                if (since.Elapsed >= KeepEvery)
                    await KeepAsync();
                if (afterSlice is not null)
                    await afterSlice(done, cancellation);
            }
        }
        catch (OperationCanceledException) when (done > kept)
        {
            await KeepAsync();
            throw;
        }

        async Task KeepAsync()
        {
            stream.Flush(flushToDisk: true);
            await keep(new(Path.GetFileName(file), done));
            (kept, since) = (done, Stopwatch.StartNew());
        }
    }

    /// <summary>Copies what an earlier attempt kept; its file stays, for the case that this attempt ends before it has kept anything.</summary>
    /// <returns>Vectors copied: all or, where the file is gone, none.</returns>
    static async Task<int> TakeOverAsync(string from, int texts, int dimension, FileStream to, CancellationToken cancellation)
    {
        var bytes = (long)texts * dimension * sizeof(float);
        if (new FileInfo(from) is not { Exists: true } file || file.Length < bytes)
            return 0;
        await using (var source = file.OpenRead())
            await source.CopyToAsync(to, cancellation);
        to.SetLength(bytes);
        to.Position = bytes;
        return texts;
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
