using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Synthesis.Seeds;

/// <param name="MinimumWords">Documents of fewer words are left out.</param>
/// <param name="Limit">How many are drawn at most; null: all.</param>
public sealed record SeedFilter(int MinimumWords, int? Limit = null);

public sealed record Seed(long Id, string ExternalId);

/// <summary>
/// The documents that examples are made from: those that pass the filter, each text once, in an order that the seed draws. Holds ids
/// only; texts are read when they are needed.
/// </summary>
public sealed class SeedSet(IReadOnlyList<Seed> seeds, Func<CancellationToken, Task<ExperimentsDb>> open)
{
    public int Count => seeds.Count;

    public Seed this[int index] => seeds[index];

    /// <summary>The documents at these places, in the order given.</summary>
    public async Task<IReadOnlyList<Document>> LoadAsync(IReadOnlyList<int> places, CancellationToken cancellation)
    {
        var ids = places.Select(place => seeds[place].Id).Distinct().ToArray();
        await using var db = await open(cancellation);
        var found = await db.Documents.AsNoTracking().Where(document => ids.Contains(document.Id)).ToDictionaryAsync(document => document.Id, cancellation);
        return [.. places.Select(place => found.TryGetValue(seeds[place].Id, out var document)
            ? document
            : throw new InvalidOperationException($"Document {seeds[place].ExternalId} has been deleted from the corpus."))];
    }

    public static async Task<SeedSet> SelectAsync(
        Func<CancellationToken, Task<ExperimentsDb>> open, long corpus, int seed, SeedFilter filter, CancellationToken cancellation)
    {
        var texts = new HashSet<UInt128>();
        var drawn = new List<(ulong Draw, Seed Seed)>();
        await using var db = await open(cancellation);
        // By external id, so that the first of several equal texts is the same one in every import of the corpus.
        var documents = db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus).OrderBy(document => document.ExternalId)
            .Select(document => new { document.Id, document.ExternalId, document.Title, document.Text });
        await foreach (var document in documents.AsAsyncEnumerable().WithCancellation(cancellation))
            if (Words.Count(document.Text) >= filter.MinimumWords && texts.Add(Fingerprint(document.Title + "\n" + document.Text)))
                drawn.Add((Draw(seed, document.ExternalId), new Seed(document.Id, document.ExternalId)));
        var ordered = drawn.OrderBy(pair => pair.Draw).ThenBy(pair => pair.Seed.ExternalId, StringComparer.Ordinal).Select(pair => pair.Seed);
        return new SeedSet([.. filter.Limit is { } limit ? ordered.Take(limit) : ordered], open);
    }

    /// <summary>The place of a document in the order that a seed draws: ascending.</summary>
    internal static ulong Draw(int seed, string externalId) => (ulong)Fingerprint($"{seed}\n{externalId}");

    static UInt128 Fingerprint(string text)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
