using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

/// <summary>What happens when workers, connections or leases go.</summary>
public sealed class RunLossTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_stale_worker_writes_is_refused_and_its_handler_is_canceled()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var stale = new TaskCompletionSource<RunContext>();
        var go = new TaskCompletionSource();
        var staleToken = new TaskCompletionSource();
        await system.StartAsync(async (run, token) =>
        {
            token.Register(() => staleToken.TrySetResult());
            stale.TrySetResult(run);
            await go.Task; // deaf to its token, as code in a native library would be
        });
        var id = await system.EnqueueAsync();
        var context = await stale.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        await system.ExecuteAsync("update runs set lease_until = now() - interval '1 s'"); // as if it had been frozen for long

        await system.StartAsync(async (run, token) => await run.SetOutputAsync("second", token));
        var ended = await system.WaitAsync(id);

        Assert.Equal((RunState.Succeeded, "second", 2L), (ended.State, ended.ReadOutput<string>(), ended.Fence));
        await Assert.ThrowsAsync<LeaseLostException>(() => context.WriteAsync(db => db.Database.ExecuteSqlAsync($"create table never (x int)"), cancellation));
        await Assert.ThrowsAsync<LeaseLostException>(() => context.SetOutputAsync("first", cancellation));
        await Assert.ThrowsAsync<LeaseLostException>(() => context.SaveCheckpointAsync(1, cancellation: cancellation));
        await Assert.ThrowsAsync<LeaseLostException>(() => context.LinkAsync(LinkDirection.Input, "corpus", 1, cancellation: cancellation));
        await context.LogAsync("first");
        await Assert.ThrowsAsync<LeaseLostException>(() => context.FlushAsync(cancellation));
        await staleToken.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        go.SetResult();
        Assert.Equal("succeeded", await system.ScalarAsync<string>("select state from runs"));
        Assert.Equal("\"second\"", await system.ScalarAsync<string>("select output::text from runs"));
    }

    [Fact]
    public async Task A_run_is_not_taken_while_its_worker_is_writing_even_when_the_lease_runs_out()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (writing, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await system.StartAsync((run, token) => run.Run.Attempts > 1 ? Task.CompletedTask : run.WriteAsync(async db =>
        {
            await db.Database.ExecuteSqlAsync($"create table written (x int)", token);
            writing.SetResult();
            await goOn.Task;
        }, token), new() { ["Runs:Lease"] = "00:10:00" });
        var id = await system.EnqueueAsync();
        await writing.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        await system.ExecuteAsync("update runs set lease_until = now() - interval '1 s'"); // passes: renewals do too
        var second = 0;
        await system.StartAsync((_, _) => Task.FromResult(second++));
        await Task.Delay(700, cancellation);
        Assert.Equal(0, second);
        goOn.SetResult();
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(id)).State);
        Assert.True(await system.ScalarAsync<bool>("select to_regclass('written') is not null"));
    }

    [Fact]
    public async Task A_write_that_comes_while_another_worker_takes_the_run_waits_and_is_refused()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var running = new TaskCompletionSource<RunContext>();
        await system.StartAsync((run, token) =>
        {
            running.SetResult(run);
            return Task.Delay(Timeout.Infinite, token);
        }, new() { ["Runs:Lease"] = "00:10:00" });
        await system.EnqueueAsync();
        var context = await running.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        await using var taker = await system.Database.OpenConnectionAsync(cancellation);
        await using var transaction = await taker.BeginTransactionAsync(cancellation);
        await using (var take = new NpgsqlCommand("update runs set fence = fence + 1", taker))
            await take.ExecuteNonQueryAsync(cancellation);
        var write = context.SaveCheckpointAsync(1, cancellation: cancellation);
        await Task.WhenAny(write, Task.Delay(300, cancellation));
        Assert.False(write.IsCompleted);
        await transaction.CommitAsync(cancellation);
        await Assert.ThrowsAsync<LeaseLostException>(() => write);
    }

    [Fact]
    public async Task A_stopping_service_hands_its_run_over_without_counting_the_attempt()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var first = new TaskCompletionSource();
        var host = await system.StartAsync(async (run, token) =>
        {
            await run.SaveCheckpointAsync(41, cancellation: token);
            first.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        }, new() { ["Runs:Lease"] = "00:10:00" });
        var id = await system.EnqueueAsync();
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        await system.StartAsync(async (run, token) => await run.SetOutputAsync(run.Checkpoint<int>() + 1, token));
        await host.StopAsync(cancellation);
        var run = await system.WaitAsync(id);
        Assert.Equal((RunState.Succeeded, 42, 1), (run.State, run.ReadOutput<int>(), run.Attempts));
    }

    [Fact]
    public async Task A_handler_that_does_not_leave_is_overruled_when_its_service_stops()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (first, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        var host = await system.StartAsync((_, _) =>
        {
            first.TrySetResult();
            return never.Task;
        }, new() { ["Runs:Lease"] = "00:10:00", ["Runs:Stop"] = "00:00:00.2" });
        var id = await system.EnqueueAsync();
        await first.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        await system.StartAsync((_, _) => Task.CompletedTask);
        await host.StopAsync(cancellation);
        Assert.Equal((RunState.Succeeded, 1), ((await system.WaitAsync(id)).State, (await system.WaitAsync(id)).Attempts));
        never.SetResult();
    }

    [Fact]
    public async Task A_run_that_loses_worker_after_worker_fails_in_the_end()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var id = await system.EnqueueAsync();
        await system.ExecuteAsync("update runs set state = 'running', attempts = 3, lease_until = now() + interval '1 s'");
        var calls = 0;
        await system.StartAsync((_, _) => Task.FromResult(calls++));
        var run = await system.WaitAsync(id);
        Assert.Equal((RunState.Failed, "its worker was lost 3 times", 0), (run.State, run.Error, calls));
    }

    [Fact]
    public async Task Runs_survive_that_all_connections_break()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (started, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await system.StartAsync(async (run, token) =>
        {
            started.TrySetResult();
            await goOn.Task.WaitAsync(token);
        });
        var id = await system.EnqueueAsync();
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        var waiting = system.WaitAsync(id);
        await system.ScalarAsync<long>("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        goOn.SetResult();
        Assert.Equal(RunState.Succeeded, (await waiting).State);
        system.Database.Clear();
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(await system.EnqueueAsync())).State); // and are heard of again
    }

    [Fact]
    public async Task Events_tell_of_everything_that_happens_to_a_run()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var events = system.Services.GetRequiredService<RunEvents>();
        var heard = new List<RunEvent>();
        var ended = new TaskCompletionSource();
        using var connected = new SemaphoreSlim(0);
        using var subscription = events.Subscribe(e =>
        {
            lock (heard)
                heard.Add(e);
            if (e.Change == RunChange.Resync)
                connected.Release();
            if (e.State == RunState.Succeeded)
                ended.SetResult();
        });
        Assert.True(await connected.WaitAsync(TimeSpan.FromSeconds(30), cancellation));
        await system.StartAsync(async (run, token) =>
        {
            await run.ReportProgressAsync(0.25, "a quarter");
            await run.MetricAsync("loss", 1, 2);
            await run.FlushAsync(token);
        });
        var id = await system.EnqueueAsync();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        RunEvent Of(RunChange change, RunState state) => new(id, change, "scripted", state);
        Assert.Equal(
            [RunEvent.Resync, Of(RunChange.State, RunState.Queued), Of(RunChange.State, RunState.Running),
                Of(RunChange.Progress, RunState.Running), Of(RunChange.Series, RunState.Running), Of(RunChange.State, RunState.Succeeded)],
            heard);
    }
}
