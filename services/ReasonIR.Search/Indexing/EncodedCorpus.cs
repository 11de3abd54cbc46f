using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Search.Indexing;

/// <summary>The vectors that an encode run left, by document: a row counts where id and content hash are the document's. Memory: the ids.</summary>
public sealed class EncodedCorpus : IDisposable
{
    const int HashBytes = 32;

    readonly Dictionary<(string Id, UInt128 Hash), (int Shard, int Row, int Count)> places = [];
    readonly List<SafeFileHandle> shards = [];
    readonly int dimension;

    EncodedCorpus(int dimension) => this.dimension = dimension;

    /// <summary>Opens the run's shards.</summary>
    public static async Task<EncodedCorpus> OpenAsync(ArtifactStore artifacts, EncodeOutput output, CancellationToken cancellation)
    {
        var corpus = new EncodedCorpus(output.Dimension);
        try
        {
            foreach (var shard in output.Shards)
                await corpus.AddAsync(artifacts, shard, cancellation);
            return corpus;
        }
        catch
        {
            corpus.Dispose();
            throw;
        }
    }

    async Task AddAsync(ArtifactStore artifacts, VectorShard shard, CancellationToken cancellation)
    {
        var path = artifacts.Resolve(shard.Path);
        var ids = await File.ReadAllLinesAsync(Path.ChangeExtension(path, ".ids"), Encoding.UTF8, cancellation);
        var hashes = await File.ReadAllBytesAsync(Path.ChangeExtension(path, ".hashes"), cancellation);
        shards.Add(File.OpenHandle(path, options: FileOptions.SequentialScan));
        var bytes = RandomAccess.GetLength(shards[^1]);
        if (ids.Length != shard.Rows || hashes.Length != shard.Rows * HashBytes || bytes != (long)shard.Rows * dimension * sizeof(float))
            throw new InvalidDataException($"{shard.Path}: {ids.Length} ids, {hashes.Length} bytes of hashes and {bytes} bytes of vectors; expected {shard.Rows} rows of {dimension} floats.");
        for (var row = 0; row < ids.Length; row++)
        {
            // Neighboring rows of a document are its passages; what an older shard has of it does not count.
            var key = (ids[row], Key(hashes.AsSpan(row * HashBytes, HashBytes)));
            places[key] = places.TryGetValue(key, out var former) && former.Shard == shards.Count - 1 && former.Row + former.Count == row
                ? former with { Count = former.Count + 1 } : (shards.Count - 1, row, 1);
        }
    }

    /// <summary>Reads a document's vectors, [passages × dimension]; where documents are not cut, its one.</summary>
    /// <exception cref="InvalidDataException">No shard holds them.</exception>
    public float[] Read(Document document)
    {
        if (!places.TryGetValue((document.ExternalId, Key(document.ContentHash)), out var place))
            throw new InvalidDataException($"The encode run left no vector of document '{document.ExternalId}' as it stands.");
        var vectors = new float[place.Count * dimension];
        var bytes = MemoryMarshal.AsBytes(vectors.AsSpan());
        for (var read = 0; read < bytes.Length;)
            read += RandomAccess.Read(shards[place.Shard], bytes[read..], (long)place.Row * dimension * sizeof(float) + read) is > 0 and var some ? some
                : throw new EndOfStreamException($"The vectors of document '{document.ExternalId}' are cut off.");
        return vectors;
    }

    static UInt128 Key(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);

    /// <inheritdoc/>
    public void Dispose() => shards.ForEach(shard => shard.Dispose());
}
