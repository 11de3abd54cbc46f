using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Studies;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Studies;

/// <summary>Experiments that were asked for.</summary>
public sealed class StudiesService(IDbContextFactory<ExperimentsDb> databases)
{
    const int MostListed = 200;

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<StudyInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return [.. (await db.Runs.AsNoTracking().Where(run => run.Kind == RunKinds.Experiment).OrderByDescending(run => run.Id).Take(MostListed).ToListAsync(ct)).Select(Describe)];
    }

    /// <summary>One; null where no run of that number is an experiment.</summary>
    public async Task<StudyInfo?> FindAsync(long run, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Runs.AsNoTracking().SingleOrDefaultAsync(row => row.Id == run && row.Kind == RunKinds.Experiment, ct) is { } found ? Describe(found) : null;
    }

    static StudyInfo Describe(Run run) =>
        new(run.Id, ExperimentsJson.Read<ExperimentSpec>(run.Spec).Experiment, run.Name, run.State.ToString().ToLowerInvariant(), run.CreatedAt, run.ReadOutput<StudyOutput>());
}
