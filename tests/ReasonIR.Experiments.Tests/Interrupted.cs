using Microsoft.EntityFrameworkCore;

namespace ReasonIR.Experiments.Tests;

/// <summary>Lets something happen before each context that is asked for: between two steps of what asks.</summary>
sealed class Interrupted(IDbContextFactory<ExperimentsDb> contexts, Func<Task> meanwhile) : IDbContextFactory<ExperimentsDb>
{
    public ExperimentsDb CreateDbContext() => throw new NotSupportedException();

    public async Task<ExperimentsDb> CreateDbContextAsync(CancellationToken cancellation)
    {
        await meanwhile();
        return await contexts.CreateDbContextAsync(cancellation);
    }
}
