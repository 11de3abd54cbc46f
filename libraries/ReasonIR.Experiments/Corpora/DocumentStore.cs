using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace ReasonIR.Experiments.Corpora;

/// <summary>What an import did, counted in documents.</summary>
/// <param name="Read">All that came in.</param>
/// <param name="Repeated">Those whose external id had come before in the same import; the first one stands.</param>
/// <param name="Removed">Those of the corpus that did not come in, where the import replaces the corpus.</param>
/// <param name="Total">In the corpus now.</param>
/// <param name="Duplicates">Of these, those whose title, text and metadata equal an earlier one's.</param>
public sealed record DocumentImport(long Read, long Added, long Updated, long Unchanged, long Repeated, long Removed, long Total, long Duplicates);

/// <summary>A page of documents. <paramref name="Total"/> is counted no further than <see cref="DocumentStore.CountLimit"/> while searching.</summary>
public sealed record DocumentPage(IReadOnlyList<Document> Documents, long Total);

/// <summary>Documents in bulk: in by binary COPY, out as a stream. Thread-safe.</summary>
public sealed class DocumentStore(IDbContextFactory<ExperimentsDb> contexts, NpgsqlDataSource database)
{
    /// <summary>The most hits that a search in <see cref="PageAsync"/> counts.</summary>
    public const int CountLimit = 10_000;

    /// <summary>
    /// Adds documents to a corpus, in one transaction; the same input again changes nothing. Afterwards the corpus is ready and its
    /// counts and content hash are right.
    /// </summary>
    /// <param name="db">A context in a transaction, such as that of <c>RunContext.WriteAsync</c>.</param>
    /// <param name="replace">Whether documents that do not come in are removed.</param>
    /// <param name="onRead">Told now and then how many documents have come in.</param>
    public async Task<DocumentImport> ImportAsync(
        ExperimentsDb db, long corpusId, IAsyncEnumerable<DocumentInput> documents, bool replace = false,
        Func<long, ValueTask>? onRead = null, CancellationToken cancellation = default)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        // Two imports into one corpus at a time would wait for each other's rows in different orders.
        if (await ScalarAsync(connection, "select 1 from corpora where id = @corpus for update", corpusId, cancellation) is null)
            throw new KeyNotFoundException($"there is no corpus {corpusId}");
        await ExecuteAsync(connection, """
            drop table if exists incoming;
            create temporary table incoming (
                position bigint not null, external_id text collate "C" not null, title text not null, text text not null,
                metadata jsonb, content_hash bytea not null) on commit drop
            """, cancellation);
        var read = await CopyAsync(connection, documents, onRead, cancellation);
        var repeated = await ExecuteAsync(connection, """
            create index on incoming (external_id, position);
            analyze incoming;
            delete from incoming i using incoming earlier
            where earlier.external_id = i.external_id and earlier.position < i.position
            """, cancellation);
        var removed = !replace ? 0 : await ExecuteAsync(connection, """
            delete from documents d where corpus_id = @corpus
                and not exists (select 1 from incoming i where i.external_id = d.external_id)
            """, cancellation, corpusId);
        var updated = await ExecuteAsync(connection, """
            update documents d set title = i.title, text = i.text, metadata = i.metadata, content_hash = i.content_hash
            from incoming i where d.corpus_id = @corpus and d.external_id = i.external_id and d.content_hash <> i.content_hash
            """, cancellation, corpusId);
        var added = await ExecuteAsync(connection, """
            insert into documents (corpus_id, external_id, title, text, metadata, content_hash)
            select @corpus, i.external_id, i.title, i.text, i.metadata, i.content_hash from incoming i
            where not exists (select 1 from documents d where d.corpus_id = @corpus and d.external_id = i.external_id)
            order by i.position
            """, cancellation, corpusId);
        await ExecuteAsync(connection, "drop table incoming", cancellation);
        var (total, duplicates) = await SummarizeAsync(connection, corpusId, cancellation);
        return new DocumentImport(read, added, updated, read - repeated - added - updated, repeated, removed, total, duplicates);
    }

    /// <inheritdoc cref="ImportAsync(ExperimentsDb, long, IAsyncEnumerable{DocumentInput}, bool, Func{long, ValueTask}?, CancellationToken)"/>
    public async Task<DocumentImport> ImportAsync(
        long corpusId, IAsyncEnumerable<DocumentInput> documents, bool replace = false, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var result = await ImportAsync(db, corpusId, documents, replace, null, cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    static async Task<long> CopyAsync(
        NpgsqlConnection connection, IAsyncEnumerable<DocumentInput> documents, Func<long, ValueTask>? onRead, CancellationToken cancellation)
    {
        var read = 0L;
        await using var writer = await connection.BeginBinaryImportAsync(
            "copy incoming (position, external_id, title, text, metadata, content_hash) from stdin (format binary)", cancellation);
        writer.Timeout = ExperimentsDb.CopyTimeout;
        await foreach (var raw in documents.WithCancellation(cancellation))
        {
            var document = new DocumentInput(
                PostgresText.Clean(raw.ExternalId), PostgresText.Clean(raw.Title), PostgresText.Clean(raw.Text), PostgresText.CleanJson(raw.Metadata));
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync(read, NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync(document.ExternalId, NpgsqlDbType.Text, cancellation);
            await writer.WriteAsync(document.Title, NpgsqlDbType.Text, cancellation);
            await writer.WriteAsync(document.Text, NpgsqlDbType.Text, cancellation);
            if (document.Metadata is null)
                await writer.WriteNullAsync(cancellation);
            else
                await writer.WriteAsync(document.Metadata, NpgsqlDbType.Jsonb, cancellation);
            await writer.WriteAsync(document.Hash(), NpgsqlDbType.Bytea, cancellation);
            if (++read % 1_000 == 0 && onRead is not null)
                await onRead(read);
        }
        await writer.CompleteAsync(cancellation);
        return read;
    }

    static async Task<(long Total, long Duplicates)> SummarizeAsync(NpgsqlConnection connection, long corpusId, CancellationToken cancellation)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var command = new NpgsqlCommand(
            "select external_id, content_hash from documents where corpus_id = @corpus order by external_id", connection) { CommandTimeout = 0 })
        {
            command.Parameters.AddWithValue("corpus", corpusId);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                sha.AppendData(Encoding.UTF8.GetBytes(reader.GetString(0)));
                sha.AppendData("\n"u8);
                sha.AppendData(reader.GetFieldValue<byte[]>(1));
            }
        }
        await using var update = new NpgsqlCommand("""
            update corpora set content_hash = @hash, state = 'ready', document_count = s.total, duplicate_count = s.total - s.different
            from (select count(*) as total, count(distinct content_hash) as different from documents where corpus_id = @corpus) s
            where id = @corpus returning document_count, duplicate_count
            """, connection) { CommandTimeout = 0 };
        update.Parameters.AddWithValue("corpus", corpusId);
        update.Parameters.AddWithValue("hash", Convert.ToHexStringLower(sha.GetHashAndReset()));
        await using var counts = await update.ExecuteReaderAsync(cancellation);
        await counts.ReadAsync(cancellation);
        return (counts.GetInt64(0), counts.GetInt64(1));
    }

    /// <summary>The row ids at which pieces of a corpus begin that hold <paramref name="every"/> documents each, the last one perhaps fewer.</summary>
    public async Task<IReadOnlyList<long>> StartsAsync(long corpusId, int every, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(every);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand("""
            select id from (select id, row_number() over (order by id) - 1 as place from documents where corpus_id = @corpus) numbered
            where place % @every = 0 order by id
            """, connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("corpus", corpusId);
        command.Parameters.AddWithValue("every", every);
        var starts = new List<long>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            starts.Add(reader.GetInt64(0));
        return starts;
    }

    /// <summary>All documents of a corpus in the order of their row ids, which is that of their first import; those before <paramref name="fromId"/> are left out.</summary>
    /// <param name="withText">Whether title and text are read; the metadata always is.</param>
    public IAsyncEnumerable<Document> StreamAsync(long corpusId, bool withText = true, CancellationToken cancellation = default, long fromId = 0) =>
        StreamAsync(corpusId, withText, "id >= @rows", fromId, cancellation);

    /// <summary>Those of the rows that are documents of the corpus, in the order of their ids.</summary>
    public IAsyncEnumerable<Document> StreamAsync(long corpusId, IReadOnlyCollection<long> rows, CancellationToken cancellation = default) =>
        StreamAsync(corpusId, withText: true, "id = any(@rows)", rows.ToArray(), cancellation);

    async IAsyncEnumerable<Document> StreamAsync(long corpusId, bool withText, string condition, object rows, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand($"""
            select id, external_id, {(withText ? "title, text" : "'', ''")}, metadata, content_hash
            from documents where corpus_id = @corpus and {condition} order by id
            """, connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("corpus", corpusId);
        command.Parameters.AddWithValue("rows", rows);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            yield return new Document
            {
                Id = reader.GetInt64(0),
                CorpusId = corpusId,
                ExternalId = reader.GetString(1),
                Title = reader.GetString(2),
                Text = reader.GetString(3),
                Metadata = reader.IsDBNull(4) ? null : reader.GetString(4),
                ContentHash = reader.GetFieldValue<byte[]>(5),
            };
    }

    /// <summary>A page to look at; with <paramref name="search"/>, documents whose id is it or whose title or text contains it.</summary>
    public async Task<DocumentPage> PageAsync(long corpusId, string? search, int skip, int take, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(take, 1_000);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var documents = db.Documents.AsNoTracking().Where(d => d.CorpusId == corpusId);
        long? total = null;
        if (string.IsNullOrWhiteSpace(search))
            total = await db.Corpora.Where(c => c.Id == corpusId).Select(c => (long?)c.DocumentCount).SingleOrDefaultAsync(cancellation) ?? 0;
        else
        {
            var wanted = search.Trim();
            var pattern = $"%{wanted.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
            documents = documents.Where(d => d.ExternalId == wanted || EF.Functions.ILike(d.Title, pattern, "\\") || EF.Functions.ILike(d.Text, pattern, "\\"));
        }
        total ??= await documents.Take(CountLimit).CountAsync(cancellation);
        return new DocumentPage(await documents.OrderBy(d => d.Id).Skip(skip).Take(take).ToListAsync(cancellation), total.Value);
    }

    /// <summary>One document by the collection's own id, or null.</summary>
    public async Task<Document?> FindAsync(long corpusId, string externalId, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Documents.AsNoTracking().SingleOrDefaultAsync(d => d.CorpusId == corpusId && d.ExternalId == externalId, cancellation);
    }

    /// <summary>Those of the documents that are in one of the corpora, by the collection's own id; where several have an id, the first corpus counts.</summary>
    public async Task<IReadOnlyDictionary<string, Document>> FindAsync(IReadOnlyList<long> corpusIds, IReadOnlyCollection<string> externalIds, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.Documents.AsNoTracking().Where(d => corpusIds.Contains(d.CorpusId) && externalIds.Contains(d.ExternalId)).ToListAsync(cancellation);
        var places = corpusIds.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        return rows.GroupBy(row => row.ExternalId, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.MinBy(row => places[row.CorpusId])!, StringComparer.Ordinal);
    }

    static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, long corpusId, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("corpus", corpusId);
        return await command.ExecuteScalarAsync(cancellation);
    }

    static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, long? corpusId = null)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        if (corpusId is { } id)
            command.Parameters.AddWithValue("corpus", id);
        return Math.Max(0, await command.ExecuteNonQueryAsync(cancellation));
    }
}
