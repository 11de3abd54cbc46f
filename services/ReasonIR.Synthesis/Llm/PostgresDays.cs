using Npgsql;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>Holds of the day's budget in <c>llm_holds</c> beside what stands in <c>llm_calls</c>. The day is the database's, in UTC: one clock for all processes.</summary>
public sealed class PostgresDays(NpgsqlDataSource database) : IDayLedger
{
    /// <summary>Any number; those who hold take turns by it.</summary>
    const long Turn = 0x526561736F6E01;

    public async Task<DayHold> HoldAsync(decimal amount, decimal cap, TimeSpan lifetime, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                // A hold that a crash of the server loses belongs to a request that the crash loses too.
                new("set local synchronous_commit to off"),
                new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = Turn } } },
                new("delete from llm_holds where expires_at < now()"),
                new("""
                    with today as (select coalesce(sum(cost), 0) as spent from llm_calls where created_at >= date_trunc('day', now(), 'UTC')),
                    held as (select coalesce(sum(amount), 0) as amount from llm_holds),
                    added as (
                        insert into llm_holds (amount, expires_at)
                        select $1, now() + $3 from today, held where today.spent + held.amount + $1 <= $2
                        returning id)
                    select (select id from added), today.spent from today
                    """) { Parameters = { new() { Value = amount }, new() { Value = cap }, new() { Value = lifetime } } },
            },
        };
        DayHold hold;
        await using (var reader = await batch.ExecuteReaderAsync(cancellation))
        {
            // Of the statements, two answer rows: the lock and the last.
            await reader.NextResultAsync(cancellation);
            await reader.ReadAsync(cancellation);
            hold = new DayHold(await reader.IsDBNullAsync(0, cancellation) ? null : reader.GetInt64(0), reader.GetDecimal(1));
        }
        await transaction.CommitAsync(cancellation);
        return hold;
    }

    public async Task ReleaseAsync(long hold, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("delete from llm_holds where id = $1");
        command.Parameters.Add(new() { Value = hold });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
