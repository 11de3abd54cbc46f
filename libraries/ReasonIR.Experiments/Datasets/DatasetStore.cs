using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace ReasonIR.Experiments.Datasets;

/// <summary>Dataset versions and their examples in bulk. Thread-safe. Contexts are given in a transaction, such as that of <c>RunContext.WriteAsync</c>.</summary>
public sealed class DatasetStore(IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>
    /// Opens the next version of a dataset (which is made where there is none of the name). A run has one version: asked again with
    /// the same <paramref name="runId"/> it gets the one it has.
    /// </summary>
    public async Task<DatasetVersion> OpenVersionAsync(
        ExperimentsDb db, string datasetName, DatasetKind kind, string generator, string specJson, long? corpusId, long? runId,
        CancellationToken cancellation = default)
    {
        await db.Database.ExecuteSqlAsync($"insert into datasets (name) values ({datasetName}) on conflict (name) do nothing", cancellation);
        var dataset = await db.Datasets.FromSql($"select * from datasets where name = {datasetName} for update").SingleAsync(cancellation);
        // Under the lock: an attempt of the run that lost its lease may be opening it at this moment.
        if (runId is not null && await db.DatasetVersions.SingleOrDefaultAsync(v => v.RunId == runId, cancellation) is { } existing)
            return existing;
        var last = await db.DatasetVersions.Where(v => v.DatasetId == dataset.Id).MaxAsync(v => (int?)v.Version, cancellation) ?? 0;
        var version = new DatasetVersion
        {
            DatasetId = dataset.Id, Version = last + 1, Kind = kind, CorpusId = corpusId, Generator = generator, Spec = specJson,
            SpecHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(specJson))), RunId = runId,
        };
        db.DatasetVersions.Add(version);
        await db.SaveChangesAsync(cancellation);
        return version;
    }

    /// <summary>
    /// Adds examples by COPY; their ordinals continue those the version has, whatever they say. Returns how many it has now.
    /// </summary>
    /// <exception cref="PostgresException">The version is sealed.</exception>
    public async Task<int> AppendAsync(ExperimentsDb db, long versionId, IEnumerable<Example> examples, CancellationToken cancellation = default)
    {
        var ordinal = await db.Examples.Where(e => e.DatasetVersionId == versionId).MaxAsync(e => (int?)e.Ordinal, cancellation) + 1 ?? 0;
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await using var writer = await connection.BeginBinaryImportAsync("""
            copy examples (dataset_version_id, ordinal, query, instruction, positives, negatives, generator, prompt_hash, source_document_id, metadata)
            from stdin (format binary)
            """, cancellation);
        writer.Timeout = ExperimentsDb.CopyTimeout;
        foreach (var example in examples)
        {
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync(versionId, NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync(ordinal++, NpgsqlDbType.Integer, cancellation);
            await writer.WriteAsync(PostgresText.Clean(example.Query), NpgsqlDbType.Text, cancellation);
            await WriteAsync(writer, PostgresText.Clean(example.Instruction), NpgsqlDbType.Text, cancellation);
            await writer.WriteAsync(ExperimentsJson.Write(Clean(example.Positives)), NpgsqlDbType.Jsonb, cancellation);
            await writer.WriteAsync(ExperimentsJson.Write(Clean(example.Negatives)), NpgsqlDbType.Jsonb, cancellation);
            await writer.WriteAsync(example.Generator, NpgsqlDbType.Text, cancellation);
            await WriteAsync(writer, example.PromptHash, NpgsqlDbType.Text, cancellation);
            await WriteAsync(writer, PostgresText.Clean(example.SourceDocumentId), NpgsqlDbType.Text, cancellation);
            await WriteAsync(writer, example.Metadata, NpgsqlDbType.Jsonb, cancellation);
        }
        await writer.CompleteAsync(cancellation);
        return ordinal;
    }

    // jsonb refuses "\u0000" and half a surrogate pair as text does.
    static IEnumerable<Passage> Clean(IEnumerable<Passage> passages) =>
        passages.Select(p => p with { Text = PostgresText.Clean(p.Text), DocumentId = PostgresText.Clean(p.DocumentId), Instruction = PostgresText.Clean(p.Instruction) });

    static Task WriteAsync(NpgsqlBinaryImporter writer, string? value, NpgsqlDbType type, CancellationToken cancellation) =>
        value is null ? writer.WriteNullAsync(cancellation) : writer.WriteAsync(value, type, cancellation);

    /// <summary>Counts the version's examples and closes it for ever.</summary>
    public async Task<DatasetVersion> SealAsync(ExperimentsDb db, long versionId, CancellationToken cancellation = default)
    {
        var version = await db.DatasetVersions.SingleAsync(v => v.Id == versionId, cancellation);
        if (version.SealedAt is not null)
            return version;
        version.ExampleCount = await db.Examples.CountAsync(e => e.DatasetVersionId == versionId, cancellation);
        version.SealedAt = DateTimeOffset.UtcNow;
        await db.SaveChangesAsync(cancellation);
        return version;
    }

    /// <summary>All examples of a version by their ordinals.</summary>
    public async IAsyncEnumerable<Example> StreamAsync(long versionId, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        db.Database.SetCommandTimeout(0);
        await foreach (var example in db.Examples.AsNoTracking().Where(e => e.DatasetVersionId == versionId)
            .OrderBy(e => e.Ordinal).AsAsyncEnumerable().WithCancellation(cancellation))
            yield return example;
    }
}
