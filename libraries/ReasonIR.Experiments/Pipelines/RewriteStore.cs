using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace ReasonIR.Experiments.Pipelines;

/// <summary>Sets of stored rewrites. Thread-safe.</summary>
public sealed class RewriteStore(IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>Keeps a set; the same content again changes nothing.</summary>
    /// <exception cref="InvalidOperationException">There is a set of that name with another content: results point at it.</exception>
    public async Task<RewriteSet> SaveAsync(string name, IReadOnlyDictionary<string, string> rewrites, CancellationToken cancellation = default)
    {
        var rows = rewrites.Select(pair => (Key: KeyOf(PostgresText.Clean(pair.Key)), Text: PostgresText.Clean(pair.Value))).ToList();
        if (rows.GroupBy(row => row.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"the query '{Short(twice.Key)}' stands {twice.Count()} times; expected once.");
        var hash = Hash(rows);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtext({"rewrites " + name}))", cancellation);
        if (await db.RewriteSets.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation) is { } there)
            return there.ContentHash == hash ? there
                : throw new InvalidOperationException($"there is a set of rewrites '{name}' with another content, which results may point at; choose another name.");
        var set = new RewriteSet { Name = name, ContentHash = hash, RewriteCount = rows.Count };
        db.RewriteSets.Add(set);
        await db.SaveChangesAsync(cancellation);
        db.Rewrites.AddRange(rows.Select(row => new Rewrite { RewriteSetId = set.Id, KeyHash = KeyHash(row.Key), Key = row.Key, Text = row.Text }));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return set;
    }

    /// <summary>All sets, by name.</summary>
    public async Task<IReadOnlyList<RewriteSet>> ListAsync(CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.RewriteSets.AsNoTracking().OrderBy(row => row.Name).ToListAsync(cancellation);
    }

    /// <summary>The rewrites of queries, in their order: by id where the set has it, otherwise by text; null where it has neither. Null: there is no such set.</summary>
    public async Task<IReadOnlyList<string?>?> FindAsync(string name, IReadOnlyList<(string? Id, string Text)> queries, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.RewriteSets.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellation) is not { } set)
            return null;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var chunk in queries.SelectMany(query => new[] { query.Id, query.Text }).OfType<string>().Select(KeyOf).Distinct().Chunk(1000))
        {
            var hashes = chunk.Select(KeyHash).ToList();
            foreach (var row in await db.Rewrites.AsNoTracking().Where(row => row.RewriteSetId == set.Id && hashes.Contains(row.KeyHash)).ToListAsync(cancellation))
                found[row.Key] = row.Text;
        }
        return [.. queries.Select(query => (query.Id is null ? null : found.GetValueOrDefault(KeyOf(query.Id))) ?? found.GetValueOrDefault(KeyOf(query.Text)))];
    }

    static string KeyOf(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    static byte[] KeyHash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    static string Short(string text) => text.Length <= 80 ? text : text[..80] + "…";

    /// <summary>Each text with its length before it, ordered by key, so that no two sets of texts look alike.</summary>
    static string Hash(IEnumerable<(string Key, string Text)> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var row in rows.OrderBy(row => row.Key, StringComparer.Ordinal))
            foreach (var text in new[] { row.Key, row.Text })
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
                hash.AppendData(length);
                hash.AppendData(bytes);
            }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
