using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Language;
using ReasonIR.Language.Batches;
using ReasonIR.Language.Chat;

namespace ReasonIR.Synthesis.Llm;

/// <summary>Batches in <c>llm_batches</c> and their lines in <c>llm_batch_requests</c>. Who wrote the end of a lease holds it.</summary>
public sealed class PostgresBatches(IDbContextFactory<ExperimentsDb> contexts, NpgsqlDataSource database) : IBatchStore
{
    readonly ConcurrentDictionary<long, DateTimeOffset> leases = new();
    readonly SemaphoreSlim renewing = new(1);

    public async Task<OpenBatch?> AddAsync(ChatSettings endpoint, string token, IReadOnlyList<BatchLine> lines, TimeSpan lease, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var add = new NpgsqlCommand(
            "insert into llm_batches (endpoint, address, model, token, state, leased_until) values ($1, $2, $3, $4, 'preparing', now() + $5) returning id, leased_until", connection, transaction)
        {
            Parameters = { new() { Value = endpoint.Name }, new() { Value = Address(endpoint) }, new() { Value = endpoint.Model }, new() { Value = token }, new() { Value = lease } },
        };
        var (id, until) = await LeaseAsync(add, cancellation);
        await using var fill = new NpgsqlCommand(
            """
            insert into llm_batch_requests (batch_id, request_hash, run_id, purpose, prompt_hash, state)
            select $1, hash, run, purpose, prompt, 'waiting' from unnest($2::text[], $3::bigint[], $4::text[], $5::text[]) as line (hash, run, purpose, prompt)
            on conflict (request_hash) where state = 'waiting' do nothing returning request_hash
            """, connection, transaction)
        {
            Parameters =
            {
                new() { Value = id },
                new() { Value = lines.Select(line => line.Hash).ToArray() },
                new() { Value = lines.Select(line => line.Purpose.Run is { } run ? long.Parse(run, CultureInfo.InvariantCulture) : (long?)null).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                new() { Value = lines.Select(line => line.Purpose.Purpose).ToArray() },
                new() { Value = lines.Select(line => line.Purpose.PromptHash ?? "").ToArray() },
            },
        };
        var accepted = new HashSet<string>();
        await using (var reader = await fill.ExecuteReaderAsync(cancellation))
            while (await reader.ReadAsync(cancellation))
                accepted.Add(reader.GetString(0));
        if (accepted.Count == 0)
            return null; // The transaction takes the row back.
        await transaction.CommitAsync(cancellation);
        leases[id] = until;
        return new OpenBatch(id, token, null, [.. lines.Where(line => accepted.Contains(line.Hash))]);
    }

    public Task SetSubmittedAsync(long id, string batchId, CancellationToken cancellation) =>
        DoAsync(db => db.LlmBatches.Where(batch => batch.Id == id).ExecuteUpdateAsync(set => set.SetProperty(batch => batch.BatchId, batchId).SetProperty(batch => batch.State, LlmBatchState.Submitted), cancellation), cancellation);

    public Task DropAsync(long id, CancellationToken cancellation) =>
        DoAsync(db => db.LlmBatches.Where(batch => batch.Id == id).ExecuteDeleteAsync(cancellation), cancellation);

    public async Task<IReadOnlyList<OpenBatch>> AdoptAsync(ChatSettings endpoint, TimeSpan lease, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "update llm_batches set leased_until = now() + $3 where endpoint = $1 and address = $2 and state <> 'ended' and leased_until < now() returning id, leased_until");
        command.Parameters.Add(new() { Value = endpoint.Name });
        command.Parameters.Add(new() { Value = Address(endpoint) });
        command.Parameters.Add(new() { Value = lease });
        var adopted = new List<long>();
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
            while (await reader.ReadAsync(cancellation))
            {
                adopted.Add(reader.GetInt64(0));
                leases[adopted[^1]] = await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellation);
            }
        if (adopted.Count == 0)
            return [];
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = await db.LlmBatches.AsNoTracking().Include(batch => batch.Requests).Where(batch => adopted.Contains(batch.Id)).OrderBy(batch => batch.Id).ToListAsync(cancellation);
        return [.. rows.Select(batch => new OpenBatch(batch.Id, batch.Token, batch.BatchId, [.. batch.Requests.Where(line => line.State == LlmBatchRequestState.Waiting)
            .Select(line => new BatchLine(line.RequestHash, new CallPurpose(line.RunId?.ToString(CultureInfo.InvariantCulture), line.Purpose, line.PromptHash)))]))];
    }

    public async Task<bool> RenewAsync(long id, string serverState, TimeSpan lease, CancellationToken cancellation)
    {
        // One after the other: a renewal beside another one of ours would find its lease renewed and take that for a loss.
        await renewing.WaitAsync(cancellation);
        try
        {
            return await RenewAloneAsync(id, serverState, lease, cancellation);
        }
        finally
        {
            renewing.Release();
        }
    }

    async Task<bool> RenewAloneAsync(long id, string serverState, TimeSpan lease, CancellationToken cancellation)
    {
        if (!leases.TryGetValue(id, out var held))
            return false;
        await using var command = database.CreateCommand("update llm_batches set leased_until = now() + $3, server_state = $4 where id = $1 and leased_until = $2 and state <> 'ended' returning id, leased_until");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = held });
        command.Parameters.Add(new() { Value = lease });
        command.Parameters.Add(new() { Value = serverState });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return false;
        leases[id] = await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellation);
        return true;
    }

    public async Task EndAsync(long id, string serverState, string? error, IReadOnlyList<FailedLine> failed, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new("""
                    update llm_batch_requests r set state = 'failed', status = f.status, error = f.error
                    from unnest($2::text[], $3::int[], $4::text[]) as f (hash, status, error) where r.batch_id = $1 and r.request_hash = f.hash
                    """)
                {
                    Parameters =
                    {
                        new() { Value = id }, new() { Value = failed.Select(line => line.Hash).ToArray() }, new() { Value = failed.Select(line => line.Status).ToArray() },
                        new() { Value = failed.Select(line => PostgresText.Clean(line.Error)!).ToArray() },
                    },
                },
                new("update llm_batch_requests set state = 'answered' where batch_id = $1 and state = 'waiting'") { Parameters = { new() { Value = id } } },
                new("update llm_batches set state = 'ended', server_state = $2, error = $3, ended_at = now() where id = $1")
                {
                    Parameters = { new() { Value = id }, new() { Value = serverState }, new() { Value = (object?)PostgresText.Clean(error) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        leases.TryRemove(id, out _);
    }

    public Task ReleaseAsync(IReadOnlyList<long> ids, CancellationToken cancellation) =>
        DoAsync(db => db.LlmBatches.Where(batch => ids.Contains(batch.Id) && batch.State != LlmBatchState.Ended).ExecuteUpdateAsync(set => set.SetProperty(batch => batch.LeasedUntil, DateTimeOffset.UnixEpoch), cancellation), cancellation);

    public async Task<IReadOnlySet<string>> WaitingAsync(IReadOnlyList<string> hashes, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return (await db.LlmBatchRequests.Where(line => hashes.Contains(line.RequestHash) && line.State == LlmBatchRequestState.Waiting).Select(line => line.RequestHash).ToListAsync(cancellation)).ToHashSet();
    }

    public async Task<bool> AnyOpenAsync(ChatSettings endpoint, CancellationToken cancellation)
    {
        var address = Address(endpoint);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.LlmBatches.AnyAsync(batch => batch.Endpoint == endpoint.Name && batch.Address == address && batch.State != LlmBatchState.Ended, cancellation);
    }

    static string Address(ChatSettings endpoint) => endpoint.Endpoint!.AbsoluteUri.TrimEnd('/');

    static async Task<(long Id, DateTimeOffset Until)> LeaseAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellation));
    }

    async Task DoAsync(Func<ExperimentsDb, Task> act, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await act(db);
    }
}
