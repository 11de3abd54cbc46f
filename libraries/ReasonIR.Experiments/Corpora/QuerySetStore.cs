using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace ReasonIR.Experiments.Corpora;

/// <summary>A query on its way in. <paramref name="Judgments"/> maps external document ids to grades.</summary>
public sealed record QueryInput(
    string ExternalId, string Text, IReadOnlyDictionary<string, int> Judgments, IReadOnlyCollection<string> Exclusions, string? Metadata = null);

/// <summary>Queries with judgments in bulk. Thread-safe.</summary>
public sealed class QuerySetStore(IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>
    /// Makes the query set (corpus, name, split) hold exactly these queries and returns it; the same input again changes nothing.
    /// Judgments that people edited stay as they are: an import never takes them back.
    /// </summary>
    /// <param name="db">A context in a transaction, such as that of <c>RunContext.WriteAsync</c>.</param>
    /// <exception cref="ArgumentException">Two queries have the same id.</exception>
    public async Task<QuerySet> ImportAsync(
        ExperimentsDb db, long corpusId, string name, string split, IReadOnlyList<QueryInput> queries, CancellationToken cancellation = default)
    {
        if (queries.GroupBy(q => q.ExternalId).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"query set {name}: query id '{twice.Key}' stands {twice.Count()} times", nameof(queries));
        var hash = Hash(queries);
        db.Database.SetCommandTimeout(ExperimentsDb.CopyTimeout);
        await db.Database.ExecuteSqlAsync($"select 1 from corpora where id = {corpusId} for update", cancellation);
        // Edits of judgments hold the set and not the corpus: both make its next version.
        var set = await db.QuerySets.FromSql($"select * from query_sets where corpus_id = {corpusId} and name = {name} and split = {split} for update").SingleOrDefaultAsync(cancellation);
        if (set is not null && (set.ImportedHash.Length == 0 ? set.ContentHash : set.ImportedHash) == hash)
            return set;
        if (set is null)
            db.QuerySets.Add(set = new QuerySet { CorpusId = corpusId, Name = name, Split = split });
        else
            set.Version++;
        (set.ContentHash, set.ImportedHash, set.QueryCount) = (hash, hash, queries.Count);
        await db.SaveChangesAsync(cancellation);
        await db.Queries.Where(q => q.QuerySetId == set.Id).ExecuteDeleteAsync(cancellation);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await CopyQueriesAsync(connection, set.Id, queries, cancellation);
        var ids = await db.Queries.Where(q => q.QuerySetId == set.Id).ToDictionaryAsync(q => q.ExternalId, q => q.Id, cancellation);
        await CopyLabelsAsync(connection, queries, ids, cancellation);
        if (set.Version > 1)
            await JudgmentStore.KeepEditsAsync(db, set, cancellation);
        return set;
    }

    /// <inheritdoc cref="ImportAsync(ExperimentsDb, long, string, string, IReadOnlyList{QueryInput}, CancellationToken)"/>
    public async Task<QuerySet> ImportAsync(
        long corpusId, string name, string split, IReadOnlyList<QueryInput> queries, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var set = await ImportAsync(db, corpusId, name, split, queries, cancellation);
        await transaction.CommitAsync(cancellation);
        return set;
    }

    /// <summary>All queries of a set with judgments and exclusions, ordered by external id (ordinal).</summary>
    public async Task<IReadOnlyList<Query>> ReadAsync(long querySetId, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Queries.AsNoTrackingWithIdentityResolution().Where(q => q.QuerySetId == querySetId)
            .Include(q => q.Judgments).Include(q => q.Exclusions).AsSplitQuery()
            .OrderBy(q => q.ExternalId).ToListAsync(cancellation);
    }

    static async Task CopyQueriesAsync(NpgsqlConnection connection, long setId, IReadOnlyList<QueryInput> queries, CancellationToken cancellation)
    {
        await using var writer = await connection.BeginBinaryImportAsync(
            "copy queries (query_set_id, external_id, text, metadata) from stdin (format binary)", cancellation);
        writer.Timeout = ExperimentsDb.CopyTimeout;
        foreach (var query in queries)
        {
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync(setId, NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync(PostgresText.Clean(query.ExternalId), NpgsqlDbType.Text, cancellation);
            await writer.WriteAsync(PostgresText.Clean(query.Text), NpgsqlDbType.Text, cancellation);
            if (PostgresText.CleanJson(query.Metadata) is { } metadata)
                await writer.WriteAsync(metadata, NpgsqlDbType.Jsonb, cancellation);
            else
                await writer.WriteNullAsync(cancellation);
        }
        await writer.CompleteAsync(cancellation);
    }

    static async Task CopyLabelsAsync(
        NpgsqlConnection connection, IReadOnlyList<QueryInput> queries, Dictionary<string, long> ids, CancellationToken cancellation)
    {
        await using (var writer = await connection.BeginBinaryImportAsync(
            "copy judgments (query_id, document_external_id, grade) from stdin (format binary)", cancellation))
        {
            writer.Timeout = ExperimentsDb.CopyTimeout;
            foreach (var query in queries)
                foreach (var (document, grade) in query.Judgments)
                {
                    await writer.StartRowAsync(cancellation);
                    await writer.WriteAsync(ids[PostgresText.Clean(query.ExternalId)], NpgsqlDbType.Bigint, cancellation);
                    await writer.WriteAsync(PostgresText.Clean(document), NpgsqlDbType.Text, cancellation);
                    await writer.WriteAsync(grade, NpgsqlDbType.Integer, cancellation);
                }
            await writer.CompleteAsync(cancellation);
        }
        await using var exclusions = await connection.BeginBinaryImportAsync(
            "copy exclusions (query_id, document_external_id) from stdin (format binary)", cancellation);
        exclusions.Timeout = ExperimentsDb.CopyTimeout;
        foreach (var query in queries)
            foreach (var document in query.Exclusions.Distinct())
            {
                await exclusions.StartRowAsync(cancellation);
                await exclusions.WriteAsync(ids[PostgresText.Clean(query.ExternalId)], NpgsqlDbType.Bigint, cancellation);
                await exclusions.WriteAsync(PostgresText.Clean(document), NpgsqlDbType.Text, cancellation);
            }
        await exclusions.CompleteAsync(cancellation);
    }

    static string Hash(IReadOnlyList<QueryInput> queries)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            sha.AppendData(length);
            sha.AppendData(bytes);
        }
        foreach (var query in queries.OrderBy(q => q.ExternalId, StringComparer.Ordinal))
        {
            Add(query.ExternalId);
            Add(query.Text);
            Add(query.Metadata ?? "");
            foreach (var (document, grade) in query.Judgments.OrderBy(j => j.Key, StringComparer.Ordinal))
                Add($"{grade} {document}");
            foreach (var document in query.Exclusions.Distinct().Order(StringComparer.Ordinal))
                Add($"- {document}");
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
