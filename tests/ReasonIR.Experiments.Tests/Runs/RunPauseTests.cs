using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

public sealed class RunPauseTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_run_leaves_and_goes_on_when_it_is_resumed()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var started = new SemaphoreSlim(0);
        var seen = new List<int>();
        await system.StartAsync(async (run, token) =>
        {
            seen.Add(run.Checkpoint<int>());
            await run.SaveCheckpointAsync(seen.Count, cancellation: token);
            started.Release();
            if (seen.Count == 1)
                await Task.Delay(Timeout.Infinite, token);
        }, new() { ["Runs:Lease"] = "00:10:00" }); // so that the news comes by notification and not with a renewal
        var id = await system.EnqueueAsync();
        Assert.True(await started.WaitAsync(TimeSpan.FromSeconds(30), cancellation));
        Assert.True(await system.Queue.PauseAsync(id, cancellation));
        while (await system.ScalarAsync<string>("select state from runs") != "queued")
            await Task.Delay(10, cancellation);
        // Nobody takes it, and it has not used up an attempt.
        await Task.Delay(700, cancellation);
        Assert.Equal("queued 0 t", await system.ScalarAsync<string>("select state || ' ' || attempts || ' ' || left(paused::text, 1) from runs"));
        Assert.False(await system.Queue.PauseAsync(id, cancellation));
        await system.Queue.ResumeAsync(id, cancellation);
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(id)).State);
        Assert.Equal([0, 1], seen);
        Assert.False(await system.Queue.PauseAsync(id, cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(() => system.Queue.ResumeAsync(id, cancellation));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => system.Queue.PauseAsync(id + 1, cancellation));
    }

    [Fact]
    public async Task A_paused_run_can_be_canceled_and_its_children_wait_with_it()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (parent, other) = (await system.EnqueueAsync(), await system.EnqueueAsync());
        var child = await system.EnqueueAsync(parent: parent);
        Assert.True(await system.Queue.PauseAsync(parent, cancellation));
        await system.StartAsync((_, _) => Task.CompletedTask);
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(other)).State);
        Assert.Equal(2L, await system.ScalarAsync<long>("select count(*) from runs where state = 'queued' and paused"));
        Assert.True(await system.Queue.CancelAsync(parent, cancellation));
        Assert.Equal(RunState.Canceled, (await system.WaitAsync(child)).State);
        // A canceled run that is resumed is not paused any more.
        await system.Queue.ResumeAsync(parent, cancellation);
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(parent)).State);
    }

    [Fact]
    public async Task A_paused_run_whose_worker_is_lost_waits_without_losing_an_attempt()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var id = await system.EnqueueAsync();
        await system.ExecuteAsync("update runs set state = 'running', attempts = 3, paused = true, lease_until = now() - interval '1 s'");
        await system.StartAsync((_, _) => Task.CompletedTask);
        while (await system.ScalarAsync<string>("select state from runs") != "queued")
            await Task.Delay(10, cancellation);
        await system.Queue.ResumeAsync(id, cancellation);
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(id)).State);
    }
}
