using System.Diagnostics;
using ReasonIR.Experiments.Tests.Worker;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

public sealed class RunKillTests(PostgresFixture postgres)
{
    const int Runs = 200;
    const int Steps = 3;
    const int Workers = 2;
    const int Kills = 8;

    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hundred_runs_end_exactly_once_while_workers_are_killed()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await system.ExecuteAsync("""
            create table steps (run_id bigint not null, step integer not null);
            create table ends (run_id bigint not null, state text not null);
            create function note_end() returns trigger language plpgsql as
                $$ begin insert into ends values (new.id, new.state); return null; end $$;
            create trigger note_end after update on runs for each row
                when (old.ended_at is null and new.ended_at is not null) execute function note_end();
            """);
        for (var i = 0; i < Runs; i++)
            await system.Queue.EnqueueAsync(StepHandler.RunKind, $"run {i}", new StepSpec(Steps, 25), maxAttempts: 50, cancellation: cancellation);

        var random = new Random(4);
        var workers = Enumerable.Range(0, Workers).Select(_ => Start(system)).ToList();
        var kills = 0;
        try
        {
            var clock = Stopwatch.StartNew();
            while (await system.ScalarAsync<long>("select count(*) from runs where ended_at is null") > 0)
            {
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3), $"{await system.ScalarAsync<long>("select count(*) from ends")} of {Runs} runs ended");
                await Task.Delay(random.Next(100, 700), cancellation);
                if (kills == Kills)
                    continue;
                // Only a worker that holds runs is worth killing.
                var victim = random.Next(Workers);
                if (await system.ScalarAsync<long>(
                    $"select count(*) from runs where state = 'running' and lease_owner like '%/{workers[victim].Id}/%'") == 0)
                    continue;
                workers[victim].Kill();
                await workers[victim].WaitForExitAsync(cancellation);
                workers[victim].Dispose();
                workers[victim] = Start(system);
                kills++;
            }
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Kill();
                worker.Dispose();
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} workers killed, {await system.ScalarAsync<long>("select sum(attempts) - count(*) from runs")} runs taken over");
        Assert.True(kills >= 3, $"only {kills} workers were killed");
        Assert.True(await system.ScalarAsync<long>("select count(*) from runs where attempts > 1") > 0, "no run was ever lost: the test proves nothing");
        Assert.Equal(Runs, await system.ScalarAsync<long>("select count(*) from runs where state = 'succeeded'"));
        Assert.Equal((long)Runs, await system.ScalarAsync<long>("select count(*) from ends"));
        Assert.Equal((long)Runs, await system.ScalarAsync<long>("select count(distinct run_id) from ends where state = 'succeeded'"));
        Assert.Equal((long)Runs * Steps, await system.ScalarAsync<long>("select count(*) from steps"));
        Assert.Equal((long)Runs * Steps, await system.ScalarAsync<long>("select count(distinct (run_id, step)) from steps"));
    }

    static Process Start(TestSystem system)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["worker"])
        {
            Environment =
            {
                ["ConnectionStrings__reasonir"] = system.ConnectionString,
                ["REASONIR_ARTIFACTS"] = Path.Combine(system.Folder, "artifacts"),
                ["Runs__Lease"] = "00:00:01",
                ["Runs__Flush"] = "00:00:00.1",
                [$"Runs__Concurrency__{StepHandler.RunKind}"] = "4",
            },
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Insert(0, typeof(RunKillTests).Assembly.Location);
        return Process.Start(start)!;
    }
}
