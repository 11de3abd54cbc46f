using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Studies;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;
using ReasonIR.Portal.Runs;

namespace ReasonIR.Portal.Studies;

/// <summary>Models that differ in their training data alone, trained by one recipe and measured beside each other.</summary>
public sealed class TrainingStudy(RunSteps steps, StudyMeasuring measuring)
{
    /// <summary>Trains, measures and puts the table together.</summary>
    /// <exception cref="ArgumentException">The data of fewer than two arms are there.</exception>
    public async Task<StudyOutput> RunAsync(RunContext run, string experiment, StudyScope on, TrainingArms section, CancellationToken cancellation)
    {
        var (places, seeds, label) = (on.Places(), section.MeantSeeds, ExperimentHandler.Label(experiment, run));
        var notes = new List<string>();
        var arms = await PresentAsync(run, section, notes, cancellation);
        foreach (var place in places)
            await measuring.ImportAsync(run, on, place, cancellation);
        var total = arms.Count * seeds.Count + places.Count;
        var done = 0;
        foreach (var arm in arms)
            foreach (var seed in seeds)
            {
                await steps.DoAsync(run, ExperimentHandler.Prefix, $"train-{arm.Name}-{seed}", section.Of(arm, seed, TrainingArms.Model(run.RunId, arm, seed)), cancellation);
                await run.ReportProgressAsync((double)++done / total, $"{arm.Name} is trained with seed {seed}");
            }
        var systems = arms.SelectMany(arm => seeds.Select(seed => new SystemSpec(Name(arm, seed), "dense", TrainingArms.Model(run.RunId, arm, seed)))).ToList();
        var measured = new Dictionary<string, IReadOnlyDictionary<string, Result>>();
        foreach (var place in places)
        {
            measured[place.Name] = await measuring.MeasureAsync(run, on, place, "", systems, label, cancellation);
            await run.ReportProgressAsync((double)++done / total, $"{place.Name} is measured");
        }
        notes.Add(seeds.Count == 1
            ? "One seed: a difference smaller than what another seed makes shows nothing."
            : $"Means over the seeds {string.Join(", ", seeds)}, with the smallest and the largest.");
        return new(experiment, on.Measure, [.. places.Select(place => place.Name)], [.. arms.Select(arm =>
        {
            var cells = measured.ToDictionary(place => place.Key, place => Cell([.. seeds.Select(seed => place.Value[Name(arm, seed)])], on.Measure));
            return new StudyRow("", arm.Name, cells, Mean: StudyMeasuring.Mean(cells, places.Count));
        })], label, notes);

        string Name(TrainingArm arm, int seed) => seeds.Count == 1 ? arm.Name : $"{arm.Name}-seed-{seed}";
    }

    static StudyCell Cell(IReadOnlyList<Result> results, string measure)
    {
        if (results is [var only])
            return StudyMeasuring.Cell(only, measure);
        var values = results.Select(result => result.Measures[measure]).ToList();
        return new(values.Average(), results[0].QueryCount, [.. results.Select(result => result.Id)], null, values.Min(), values.Max());
    }

    /// <summary>The arms whose datasets are there; the others are named.</summary>
    static async Task<IReadOnlyList<TrainingArm>> PresentAsync(RunContext run, TrainingArms section, List<string> notes, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var there = (await db.DatasetVersions.AsNoTracking().Where(version => version.SealedAt != null).Select(version => version.Dataset!.Name).Distinct().ToListAsync(cancellation)).ToHashSet(StringComparer.Ordinal);
        var arms = new List<TrainingArm>();
        foreach (var arm in section.Arms)
            if (arm.Sources.Where(source => !there.Contains(source.Dataset)).Select(source => source.Dataset).ToList() is { Count: > 0 } missing)
            {
                notes.Add($"The arm '{arm.Name}' was left out: there is no dataset {string.Join(", ", missing)}.");
                await run.LogAsync(RunLogLevel.Warning, notes[^1]);
            }
            else
                arms.Add(arm);
        return arms.Count > 1 ? arms : throw new ArgumentException($"training.arms: the data of {arms.Count} are there; expected 2 at least. {string.Join(" ", notes)}");
    }
}
