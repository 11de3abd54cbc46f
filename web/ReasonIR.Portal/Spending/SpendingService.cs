using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Spending;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Language;

namespace ReasonIR.Portal.Spending;

/// <summary>The ledger of language models.</summary>
public sealed class SpendingService(IDbContextFactory<ExperimentsDb> databases, NpgsqlDataSource database)
{
    const int ShownCharacters = 2000;

    const int MostRows = 1000;

    /// <summary>Sums of some days (UTC); without a first day: of the last thirty.</summary>
    /// <exception cref="ArgumentException">Names the field and what was expected.</exception>
    public async Task<SpendingInfo> ReadAsync(string? by, DateOnly? from, DateOnly? to, long? run, CancellationToken ct)
    {
        by = string.IsNullOrEmpty(by) ? "day" : by;
        if (!SpendingInfo.Groupings.Contains(by))
            throw new ArgumentException($"by: expected {string.Join(", ", SpendingInfo.Groupings)}, found '{by}'.");
        var last = to ?? DateOnly.FromDateTime(DateTime.UtcNow);
        // A run is shown whole.
        var first = from ?? (run is null ? last.AddDays(-29) : DateOnly.FromDateTime(DateTime.UnixEpoch));
        if (first > last)
            throw new ArgumentException($"from: expected a day up to {last:O}, found {first:O}.");
        var rows = await SumsAsync(by, first, last, run, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        var midnight = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero);
        return new(
            first, last, by, [.. rows.Skip(1)], rows[0], await db.LlmCalls.Where(call => call.CreatedAt >= midnight).SumAsync(call => call.Cost, ct),
            await db.LlmHolds.Where(hold => hold.ExpiresAt > DateTimeOffset.UtcNow).SumAsync(hold => hold.Amount, ct));
    }

    /// <summary>Calls, newest first.</summary>
    public async Task<Page<CallInfo>> CallsAsync(long? run, string? purpose, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var calls = db.LlmCalls.AsNoTracking().Where(call => (run == null || call.RunId == run) && (string.IsNullOrEmpty(purpose) || call.Purpose == purpose));
        var rows = await calls.OrderByDescending(call => call.Id).Skip(skip).Take(take)
            .Select(call => new CallInfo(
                call.Id, call.CreatedAt, call.RunId, call.Purpose, call.Endpoint, call.Model, call.PromptHash, call.RequestHash, call.FinishReason, call.Refusal != null,
                call.PromptTokens, call.CompletionTokens, call.Cost, call.Milliseconds / 1000.0, call.Batch, call.Response.Substring(0, ShownCharacters)))
            .ToListAsync(ct);
        return new(rows, await calls.LongCountAsync(ct));
    }

    /// <summary>The total first, then the groups.</summary>
    async Task<List<SpendingRow>> SumsAsync(string by, DateOnly first, DateOnly last, long? run, CancellationToken ct)
    {
        var key = by switch
        {
            "day" => "to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')",
            "prompt" => "prompt_hash",
            "run" => "coalesce(run_id::text, '')",
            _ => by,
        };
        await using var command = database.CreateCommand($"""
            select grouping({key}), {key}, count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(cached_tokens), 0), coalesce(sum(completion_tokens), 0), coalesce(sum(reasoning_tokens), 0),
                coalesce(sum(cost), 0), coalesce(sum(milliseconds), 0) / 1000.0::float8, count(*) filter (where batch), count(*) filter (where purpose like '%-repair'), count(*) filter (where usage_estimated)
            from llm_calls where created_at >= $1 and created_at < $2 and ($3::bigint is null or run_id = $3)
            group by grouping sets ((), ({key}))
            order by 1 desc, {(by == "day" ? "2 desc" : "8 desc, 3 desc, 2")} limit {MostRows + 1}
            """);
        command.Parameters.Add(new() { Value = first.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) });
        command.Parameters.Add(new() { Value = last.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc).AddDays(1) });
        command.Parameters.Add(new() { Value = run is { } id ? id : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<SpendingRow>();
        while (await reader.ReadAsync(ct))
            rows.Add(new(
                rows.Count == 0 ? "" : reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetDecimal(7), reader.GetDouble(8),
                reader.GetInt64(9), reader.GetInt64(10), reader.GetInt64(11)));
        return rows;
    }
}
