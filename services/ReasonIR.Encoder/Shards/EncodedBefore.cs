using System.Text;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Shards;

/// <summary>Finds vectors that an earlier run left for documents that are still the same, so that adding some encodes only those.</summary>
public sealed class EncodedBefore(DocumentStore documents, ArtifactStore artifacts)
{
    const int HashBytes = 32, RunsLookedAt = 50;

    /// <summary>The shards of the last run by the same model over the same corpus, and the documents that they lack; null: all are to be encoded.</summary>
    public async Task<Known?> FindAsync(RunContext run, EncodeSpec spec, Corpus corpus, EncodeOutput wanted, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var runs = await db.Runs.AsNoTracking().Where(row => row.Kind == RunKinds.Encode && row.State == RunState.Succeeded && row.Id != run.RunId && row.Name == spec.Title)
            .OrderByDescending(row => row.Id).Take(RunsLookedAt).ToListAsync(cancellation);
        var output = runs.Select(row => row.ReadOutput<EncodeOutput>()).FirstOrDefault(output => output is not null && output.ModelRevision == wanted.ModelRevision && output.Dimension == wanted.Dimension
            && output.Settings == wanted.Settings && output.Passages == wanted.Passages && output.QueryPrompt == wanted.QueryPrompt && output.DocumentPrompt == wanted.DocumentPrompt);
        if (output is null || output.Shards.Count == 0 || !output.Shards.All(IsThere))
            return null;
        var known = new HashSet<(string, UInt128)>();
        foreach (var shard in output.Shards)
            await foreach (var row in RowsAsync(shard, cancellation))
                known.Add(row);
        var missing = new List<long>();
        await foreach (var document in documents.StreamAsync(corpus.Id, withText: false, cancellation))
            if (!known.Contains((document.ExternalId, Key(document.ContentHash))))
                missing.Add(document.Id);
        // Shards of which little is left are not carried on for ever.
        var left = corpus.DocumentCount - missing.Count;
        return left * 2 >= known.Count ? new(output.Shards, missing) : null;
    }

    bool IsThere(VectorShard shard)
    {
        var path = artifacts.Resolve(shard.Path);
        return File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".ids")) && File.Exists(Path.ChangeExtension(path, ".hashes"));
    }

    async IAsyncEnumerable<(string, UInt128)> RowsAsync(VectorShard shard, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var path = artifacts.Resolve(shard.Path);
        var ids = await File.ReadAllLinesAsync(Path.ChangeExtension(path, ".ids"), Encoding.UTF8, cancellation);
        var hashes = await File.ReadAllBytesAsync(Path.ChangeExtension(path, ".hashes"), cancellation);
        if (ids.Length != shard.Rows || hashes.Length != shard.Rows * HashBytes)
            throw new InvalidDataException($"{shard.Path}: {ids.Length} ids and {hashes.Length} bytes of hashes, expected those of {shard.Rows} rows.");
        for (var row = 0; row < ids.Length; row++)
            yield return (ids[row], Key(hashes.AsSpan(row * HashBytes, HashBytes)));
    }

    static UInt128 Key(ReadOnlySpan<byte> hash) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);

    /// <summary>What is there.</summary>
    /// <param name="Shards">Files that hold vectors of the corpus, and perhaps of what it was before.</param>
    /// <param name="Missing">Row ids of documents whose vectors are not among them, ascending.</param>
    public sealed record Known(IReadOnlyList<VectorShard> Shards, IReadOnlyList<long> Missing);
}
