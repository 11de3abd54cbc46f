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

    readonly Dictionary<(string Id, UInt128 Hash), (int Shard, int Row)> places = [];
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
            places[(ids[row], Key(hashes.AsSpan(row * HashBytes, HashBytes)))] = (shards.Count - 1, row);
    }

    /// <summary>Reads a document's vector.</summary>
    /// <exception cref="InvalidDataException">No shard holds it.</exception>
    public void Read(Document document, Span<float> vector)
    {
        if (!places.TryGetValue((document.ExternalId, Key(document.ContentHash)), out var place))
            throw new InvalidDataException($"The encode run left no vector of document '{document.ExternalId}' as it stands.");
        var bytes = MemoryMarshal.AsBytes(vector);
        if (RandomAccess.Read(shards[place.Shard], bytes, (long)place.Row * bytes.Length) != bytes.Length)
            throw new EndOfStreamException($"The vector of document '{document.ExternalId}' is cut off.");
    }

    static UInt128 Key(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);

    /// <inheritdoc/>
    public void Dispose() => shards.ForEach(shard => shard.Dispose());
}
