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
        var slow = new RunClaims(system.Database, new BeforeReading(contexts, async () =>
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

    sealed class BeforeReading(IDbContextFactory<ExperimentsDb> contexts, Func<Task> meanwhile) : IDbContextFactory<ExperimentsDb>
    {
        public ExperimentsDb CreateDbContext() => throw new NotSupportedException();

        public async Task<ExperimentsDb> CreateDbContextAsync(CancellationToken cancellation)
        {
            await meanwhile();
            return await contexts.CreateDbContextAsync(cancellation);
        }
    }
}
