using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace ReasonIR.Experiments.Synthesis;

/// <param name="Item">Its number.</param>
/// <param name="DocumentId">Its seed document, or null.</param>
public sealed record TakenItem(int Item, long? DocumentId);

/// <param name="Examples">JSON.</param>
/// <param name="Facts">JSON.</param>
public sealed record FinishedItem(int Item, string Examples, string Facts);

/// <summary>
/// The items of synthesis runs. Several workers take from one run: a taken item belongs to the worker's own run, so that its lease is the
/// item's lease. Contexts are given in the transaction of <c>RunContext.WriteAsync</c>. Thread-safe.
/// </summary>
public sealed class SynthesisItemStore(IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>Makes the items of a run anew.</summary>
    /// <param name="documents">The seed document of each, in their order.</param>
    public static async Task CreateAsync(ExperimentsDb db, long run, IEnumerable<long?> documents, CancellationToken cancellation)
    {
        await DeleteAsync(db, run, cancellation);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await using var writer = await connection.BeginBinaryImportAsync("copy synthesis_items (run_id, item, document_id) from stdin (format binary)", cancellation);
        writer.Timeout = ExperimentsDb.CopyTimeout;
        foreach (var (item, document) in documents.Index())
        {
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync(run, NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync(item, NpgsqlDbType.Integer, cancellation);
            if (document is { } id)
                await writer.WriteAsync(id, NpgsqlDbType.Bigint, cancellation);
            else
                await writer.WriteNullAsync(cancellation);
        }
        await writer.CompleteAsync(cancellation);
    }

    /// <summary>Takes the first free items for a worker; none where none is left.</summary>
    public static async Task<IReadOnlyList<TakenItem>> TakeAsync(ExperimentsDb db, long run, long part, int most, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("""
            update synthesis_items set part_id = @part where run_id = @run and item in (
                select item from synthesis_items where run_id = @run and part_id is null order by item limit @most for update skip locked)
            returning item, document_id
            """, (NpgsqlConnection)db.Database.GetDbConnection());
        command.Parameters.AddWithValue("run", run);
        command.Parameters.AddWithValue("part", part);
        command.Parameters.AddWithValue("most", most);
        var taken = new List<TakenItem>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            taken.Add(new(reader.GetInt32(0), reader.IsDBNull(1) ? null : reader.GetInt64(1)));
        taken.Sort((a, b) => a.Item.CompareTo(b.Item));
        return taken;
    }

    /// <summary>What a worker took and has not done: where it was lost, its successor begins with these.</summary>
    public async Task<IReadOnlyList<TakenItem>> HeldAsync(long part, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.SynthesisItems.AsNoTracking().Where(row => row.PartId == part && row.FinishedAt == null).OrderBy(row => row.Item)
            .Select(row => new TakenItem(row.Item, row.DocumentId)).ToListAsync(cancellation);
    }

    /// <summary>Whether there is anything left for a worker: free items, or what it took itself.</summary>
    public async Task<bool> IsAnyForAsync(long run, long part, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.SynthesisItems.AnyAsync(row => row.RunId == run && row.PartId == null, cancellation)
            || await db.SynthesisItems.AnyAsync(row => row.PartId == part && row.FinishedAt == null, cancellation);
    }

    /// <summary>Keeps what was made of items.</summary>
    public static async Task FinishAsync(ExperimentsDb db, long run, IReadOnlyList<FinishedItem> finished, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("""
            update synthesis_items i set examples = f.examples, facts = f.facts, finished_at = clock_timestamp()
            from unnest(@items, @examples, @facts) as f (item, examples, facts) where i.run_id = @run and i.item = f.item
            """, (NpgsqlConnection)db.Database.GetDbConnection());
        command.Parameters.AddWithValue("run", run);
        command.Parameters.AddWithValue("items", finished.Select(one => one.Item).ToArray());
        command.Parameters.Add(new("examples", NpgsqlDbType.Array | NpgsqlDbType.Jsonb) { Value = finished.Select(one => one.Examples).ToArray() });
        command.Parameters.Add(new("facts", NpgsqlDbType.Array | NpgsqlDbType.Jsonb) { Value = finished.Select(one => one.Facts).ToArray() });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>How many items a run has, and how many of them are done.</summary>
    public async Task<(int Items, int Done)> CountAsync(long run, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var counts = await db.SynthesisItems.Where(row => row.RunId == run).GroupBy(row => 1)
            .Select(rows => new { Items = rows.Count(), Done = rows.Count(row => row.FinishedAt != null) }).SingleOrDefaultAsync(cancellation);
        return (counts?.Items ?? 0, counts?.Done ?? 0);
    }

    /// <summary>What became of items that are done, from one on, in their order.</summary>
    public async Task<IReadOnlyList<FinishedItem>> ReadAsync(long run, int from, int most, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.SynthesisItems.AsNoTracking().Where(row => row.RunId == run && row.Item >= from && row.FinishedAt != null).OrderBy(row => row.Item).Take(most)
            .Select(row => new FinishedItem(row.Item, row.Examples!, row.Facts!)).ToListAsync(cancellation);
    }

    /// <summary>What the report counts of items that were done since, from one on.</summary>
    public async Task<IReadOnlyList<(int Item, string Facts, DateTimeOffset FinishedAt)>> FactsAsync(long run, int from, DateTimeOffset since, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.SynthesisItems.AsNoTracking().Where(row => row.RunId == run && row.Item >= from && row.FinishedAt >= since).OrderBy(row => row.FinishedAt)
            .Select(row => new { row.Item, row.Facts, row.FinishedAt }).ToListAsync(cancellation);
        return [.. rows.Select(row => (row.Item, row.Facts!, row.FinishedAt!.Value))];
    }

    /// <summary>What the report counts of items that are done, from one on, in their order.</summary>
    public async Task<IReadOnlyList<(int Item, string Facts)>> FactsAsync(long run, int from, int most, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.SynthesisItems.AsNoTracking().Where(row => row.RunId == run && row.Item >= from && row.FinishedAt != null).OrderBy(row => row.Item).Take(most)
            .Select(row => new { row.Item, row.Facts }).ToListAsync(cancellation);
        return [.. rows.Select(row => (row.Item, row.Facts!))];
    }

    /// <summary>Removes the items of a run.</summary>
    public static Task DeleteAsync(ExperimentsDb db, long run, CancellationToken cancellation) =>
        db.SynthesisItems.Where(row => row.RunId == run).ExecuteDeleteAsync(cancellation);
}
