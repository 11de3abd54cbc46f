using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Runs;

public sealed class RunClaimTests(PostgresFixture postgres)
{
    static readonly string[] Kinds = [TestSystem.ScriptedHandler.RunKind];
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    /// <summary>Two workers with one fence would both write, and neither would be refused.</summary>
    [Fact]
    public async Task A_worker_that_is_slow_to_read_what_it_took_gets_neither_another_workers_run_nor_its_fence()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var (first, second) = (await system.EnqueueAsync(), await system.EnqueueAsync());
        Run? quick = null;
        var contexts = system.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>();
        var slow = new RunClaims(system.Database, new Interrupted(contexts, async () =>
        {
            if (quick is not null)
                return;
            await system.ExecuteAsync("update runs set lease_until = now() - interval '1 s' where state = 'running'");
            quick = await new RunClaims(system.Database, contexts, "quick").ClaimAsync(Kinds, TimeSpan.FromMinutes(1), cancellation);
        }), "slow");

        var taken = await slow.ClaimAsync(Kinds, TimeSpan.FromMinutes(1), cancellation);

        Assert.Equal((first, 2L), (quick!.Id, quick.Fence));
        Assert.Equal((second, 1L), (taken!.Id, taken.Fence));
        Assert.Null(await slow.ClaimAsync(Kinds, TimeSpan.FromMinutes(1), cancellation));
        Assert.Equal("quick,slow", await system.ScalarAsync<string>("select string_agg(lease_owner, ',' order by id) from runs"));
    }

    /// <summary>Otherwise it would wait for the end of the lease, and have lost an attempt.</summary>
    [Fact]
    public async Task A_worker_that_is_told_to_stop_while_it_takes_a_run_knows_what_it_took()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var id = await system.EnqueueAsync();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var claims = new RunClaims(system.Database, new Interrupted(system.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>(), stopping.CancelAsync), "stopped");
        Assert.Equal(id, (await claims.ClaimAsync(Kinds, TimeSpan.FromMinutes(1), stopping.Token))!.Id);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claims.ClaimAsync(Kinds, TimeSpan.FromMinutes(1), stopping.Token));
    }
}
