using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

/// <summary>What happens when something takes its time at the wrong moment.</summary>
public sealed class RunDelayTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lease_is_renewed_while_the_runs_log_cannot_be_written()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var goOn = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        await using var connection = await system.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var hold = new NpgsqlCommand("lock table run_logs in exclusive mode", connection))
            await hold.ExecuteNonQueryAsync(cancellation);
        await system.StartAsync(async (run, token) =>
        {
            await run.LogAsync("a line");
            started.TrySetResult();
            await goOn.Task.WaitAsync(token);
        });
        var id = await system.EnqueueAsync();
        await started.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellation);
        await system.UntilBlockedAsync();
        var before = await system.ScalarAsync<DateTime>("select heartbeat_at from runs");
        while (await system.ScalarAsync<DateTime>("select heartbeat_at from runs") == before)
            await Task.Delay(10, cancellation);
        Assert.Equal(0L, await system.ScalarAsync<long>("select count(*) from run_logs"));
        await transaction.CommitAsync(cancellation);
        goOn.SetResult();
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(id)).State);
        Assert.Equal(1L, await system.ScalarAsync<long>("select count(*) from run_logs"));
    }

    [Fact]
    public async Task An_error_is_told_once_though_the_end_of_the_run_has_to_be_written_twice()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await system.ExecuteAsync("""
            create sequence ends;
            create function first_end_fails() returns trigger language plpgsql as $$
            begin
                if nextval('ends') = 1 then
                    raise exception 'a moment, please' using errcode = '40001';
                end if;
                return new;
            end $$;
            create trigger first_end_fails before update on runs for each row when (new.state = 'failed') execute function first_end_fails();
            """);
        await system.StartAsync((_, _) => throw new InvalidOperationException("broken"));
        Assert.Equal(RunState.Failed, (await system.WaitAsync(await system.EnqueueAsync())).State);
        Assert.Equal(2L, await system.ScalarAsync<long>("select last_value from ends"));
        Assert.Equal(1L, await system.ScalarAsync<long>("select count(*) from run_logs"));
    }

    /// <summary>A worker that lost its run without knowing it goes on writing: the files of the one that has the run are not among them.</summary>
    [Fact]
    public async Task Two_attempts_at_a_time_write_two_files()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var store = system.Services.GetRequiredService<ArtifactStore>();
        var (begun, written, overwritten) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        async Task WorkAsync(RunContext run, CancellationToken token)
        {
            if (run.Run.Attempts == 1)
            {
                begun.TrySetResult();
                await written.Task;
                await File.WriteAllTextAsync(run.AttemptFile("made"), "stale", CancellationToken.None);
                overwritten.SetResult();
                return;
            }
            await File.WriteAllTextAsync(run.AttemptFile("made"), "fresh", token);
            written.SetResult();
            await overwritten.Task.WaitAsync(token);
            await store.CommitFileAsync(run.AttemptFile("made"), "made", "test", run, token);
        }
        await system.StartAsync(WorkAsync, new() { ["Runs:Lease"] = "00:10:00" });
        var id = await system.EnqueueAsync();
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellation);
        await system.ExecuteAsync("update runs set lease_until = now() - interval '1 s'");
        await system.StartAsync(WorkAsync);
        Assert.Equal((RunState.Succeeded, 2), ((await system.WaitAsync(id)).State, (await system.WaitAsync(id)).Attempts));
        Assert.Equal("fresh", await File.ReadAllTextAsync(store.Resolve("made"), cancellation));
        await using var db = system.Db();
        Assert.True(await store.VerifyAsync(await db.Artifacts.SingleAsync(cancellation), cancellation));
    }
}
