using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

public sealed class RunCancelTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queued_run_is_canceled_at_once_and_an_ended_one_not_at_all()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var id = await system.EnqueueAsync();
        Assert.True(await system.Queue.CancelAsync(id, cancellation));
        Assert.Equal(RunState.Canceled, (await system.WaitAsync(id)).State);
        Assert.False(await system.Queue.CancelAsync(id, cancellation));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => system.Queue.CancelAsync(id + 1, cancellation));
    }

    [Fact]
    public async Task A_running_run_and_its_children_hear_of_it()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var started = new SemaphoreSlim(0);
        await system.StartAsync(async (_, token) =>
        {
            started.Release();
            await Task.Delay(Timeout.Infinite, token);
        }, new() { ["Runs:Lease"] = "00:10:00" }); // so that the news comes by notification and not with a renewal
        var parent = await system.EnqueueAsync();
        Assert.True(await started.WaitAsync(TimeSpan.FromSeconds(30), cancellation));
        var child = await system.EnqueueAsync(parent: parent);
        var grandchild = await system.EnqueueAsync(parent: child);
        Assert.True(await system.Queue.CancelAsync(parent, cancellation));
        foreach (var id in new[] { parent, child, grandchild })
        {
            var run = await system.WaitAsync(id);
            Assert.Equal((RunState.Canceled, (string?)null), (run.State, run.Error));
        }
    }

    [Fact]
    public async Task A_canceled_run_whose_worker_is_lost_ends_at_once()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var id = await system.EnqueueAsync();
        await system.ExecuteAsync("update runs set state = 'running', lease_until = now() - interval '1 s'");
        await system.Queue.CancelAsync(id, cancellation);
        Assert.Equal(RunState.Canceled, (await system.WaitAsync(id)).State);
    }

    [Fact]
    public async Task A_run_that_was_canceled_before_its_worker_was_lost_is_not_taken_again()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var id = await system.EnqueueAsync();
        await system.ExecuteAsync("update runs set state = 'running', lease_until = now() + interval '1 s'");
        await system.Queue.CancelAsync(id, cancellation);
        Assert.Equal("running", await system.ScalarAsync<string>("select state from runs"));
        var calls = 0;
        await system.StartAsync((_, _) => Task.FromResult(calls++));
        Assert.Equal(RunState.Canceled, (await system.WaitAsync(id)).State);
        Assert.Equal(0, calls);
    }
}
