using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

public sealed class RunWorkTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    sealed record Spec(string Word, int Count);

    [Fact]
    public async Task Everything_a_handler_writes_is_there_when_the_run_has_ended()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        Spec? seen = null;
        await system.StartAsync(async (run, token) =>
        {
            seen = run.Spec<Spec>();
            await run.ReportProgressAsync(0.5, "half");
            await run.LogAsync("one");
            await run.LogAsync(RunLogLevel.Warning, "two\0");
            for (var step = 0; step < 12_000; step++) // more than is buffered
                await run.MetricAsync("loss", step, 1.0 / (step + 1));
            await run.MetricAsync("loss", 3, double.NaN);
            await run.LinkAsync(LinkDirection.Output, "model", 7, "encoder", token);
            await run.LinkAsync(LinkDirection.Output, "model", 7, "encoder", token);
            await run.SetOutputAsync(new Spec("done", 2), token);
        });

        var run = await system.WaitAsync(await system.EnqueueAsync(new Spec("go", 1)));

        Assert.Equal(new Spec("go", 1), seen);
        Assert.Equal(RunState.Succeeded, run.State);
        Assert.Equal(1, run.Progress);
        Assert.Equal("half", run.ProgressText);
        Assert.Equal(new Spec("done", 2), run.ReadOutput<Spec>());
        Assert.Equal(1, run.Attempts);
        Assert.NotNull(run.StartedAt);
        Assert.NotEmpty(run.CodeVersion);
        await using var db = system.Db();
        Assert.Equal(["one", "two\uFFFD"], await db.RunLogs.OrderBy(l => l.Id).Select(l => l.Message).ToListAsync(cancellation));
        Assert.Equal(12_000, await db.RunMetrics.CountAsync(cancellation));
        Assert.True(double.IsNaN(await db.RunMetrics.Where(m => m.Step == 3).Select(m => m.Value).SingleAsync(cancellation)));
        Assert.Equal(1, await db.RunLinks.CountAsync(l => l.EntityKind == "model" && l.Name == "encoder", cancellation));
    }

    [Fact]
    public async Task The_same_key_is_the_same_run()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            system.Queue.EnqueueAsync("scripted", "once", new { }, key: "k", cancellation: cancellation)));
        Assert.Single(ids.Distinct());
        Assert.NotEqual(ids[0], await system.Queue.EnqueueAsync("scripted", "twice", new { }, key: "l", cancellation: cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => system.Queue.EnqueueAsync("two words", "x", new { }, cancellation: cancellation));
    }

    [Fact]
    public async Task An_error_fails_the_run_at_once_and_its_text_is_kept()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await system.StartAsync((_, _) => throw new FormatException("line 3: expected a tab"));
        var run = await system.WaitAsync(await system.EnqueueAsync());
        Assert.Equal(RunState.Failed, run.State);
        Assert.Equal("line 3: expected a tab", run.Error);
        Assert.Equal(1, run.Attempts);
        Assert.Contains("FormatException", await system.ScalarAsync<string>("select message from run_logs"));
    }

    [Fact]
    public async Task An_error_that_may_pass_is_tried_again_until_attempts_run_out()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var calls = 0;
        await system.StartAsync((_, _) => ++calls == 2 ? Task.CompletedTask : throw new TransientRunException("busy"));
        Assert.Equal(RunState.Succeeded, (await system.WaitAsync(await system.EnqueueAsync())).State);
        Assert.Equal(2, calls);
        calls = 10;
        var failed = await system.WaitAsync(await system.EnqueueAsync(maxAttempts: 2));
        Assert.Equal((RunState.Failed, "busy", 2), (failed.State, failed.Error, failed.Attempts));
        Assert.Equal(12, calls);
    }

    [Fact]
    public async Task Resume_keeps_the_checkpoint_and_retry_starts_anew()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var seen = new List<(int Checkpoint, bool File)>();
        await system.StartAsync(async (run, token) =>
        {
            var file = Path.Combine(run.WorkFolder, "state");
            seen.Add((run.Checkpoint<int>(), File.Exists(file)));
            await run.MetricAsync("loss", run.Checkpoint<int>(), 1);
            await File.WriteAllTextAsync(file, "x", token);
            await run.SaveCheckpointAsync(run.Checkpoint<int>() + 1, cancellation: token);
            throw new FormatException("no");
        });
        var id = await system.EnqueueAsync();
        await system.WaitAsync(id);
        await system.Queue.ResumeAsync(id, cancellation);
        await system.WaitAsync(id);
        Assert.Equal(2, await system.ScalarAsync<long>("select count(*) from run_metrics"));
        await system.Queue.RetryAsync(id, cancellation);
        await system.WaitAsync(id);
        Assert.Equal([(0, false), (1, true), (0, false)], seen);
        Assert.Equal(1, await system.ScalarAsync<long>("select count(*) from run_metrics"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => system.Queue.ResumeAsync(id + 1, cancellation));
        var queued = await system.Queue.EnqueueAsync("nobody's", "waits", new { }, cancellation: cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => system.Queue.RetryAsync(queued, cancellation));
    }

    [Fact]
    public async Task A_parent_enqueues_children_once_and_waits_for_them()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await system.StartAsync(async (run, token) =>
        {
            if (run.Run.ParentRunId is not null)
                return;
            var child = await run.EnqueueChildAsync("scripted", "child", new { }, "child", cancellation: token);
            Assert.Equal(child, await run.EnqueueChildAsync("scripted", "child", new { }, "child", cancellation: token));
            await run.SetOutputAsync((await run.Queue.WaitAsync(child, token)).State, token);
        }, new() { ["Runs:Concurrency:scripted"] = "2" });
        var parent = await system.WaitAsync(await system.EnqueueAsync());
        Assert.Equal(RunState.Succeeded, parent.ReadOutput<RunState>());
        Assert.Equal(2, await system.ScalarAsync<long>("select count(*) from runs"));
    }

    [Fact]
    public async Task No_more_runs_of_a_kind_at_a_time_than_configured_and_higher_priority_first()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (now, most) = (0, 0);
        var full = new TaskCompletionSource();
        var gate = new Lock();
        var ids = new List<long>();
        for (var i = 0; i < 8; i++)
            ids.Add(await system.Queue.EnqueueAsync("scripted", "x", i, priority: i, cancellation: cancellation));
        await system.StartAsync(async (run, token) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++now);
                if (now == 3)
                    full.TrySetResult();
            }
            await full.Task.WaitAsync(token); // the first ones stay until no more are allowed in
            await Task.Delay(100, token);
            lock (gate)
                now--;
        }, new() { ["Runs:Concurrency:scripted"] = "3" });
        foreach (var id in ids)
            await system.WaitAsync(id);
        Assert.Equal(3, most);
        await using var db = system.Db();
        Assert.Equal([7, 6, 5, 4, 3, 2, 1, 0], await db.Runs.OrderBy(r => r.StartedAt).Select(r => r.Priority).ToListAsync(cancellation));
    }
}
