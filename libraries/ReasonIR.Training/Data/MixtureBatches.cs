using ReasonIR.Models.Transformers;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;

namespace ReasonIR.Training.Data;

/// <summary>
/// Batches of one or several sources. The whole state is the step: an epoch's plan follows from the settings and its number, a batch's
/// draws from the step, so that a resumed run reads what an uninterrupted one would have. The next epoch is planned while the present one
/// is read.
/// </summary>
public sealed class MixtureBatches : IBatchSource, IDisposable
{
    readonly IReadOnlyList<IExampleSource> sources;
    readonly MixtureSettings settings;
    readonly int[] perEpoch;
    readonly CancellationTokenSource ended = new();
    readonly Dictionary<int, Task<EpochPlan>> plans = [];

    /// <param name="sources">Ended with this.</param>
    public MixtureBatches(IReadOnlyList<IExampleSource> sources, MixtureSettings settings)
    {
        (this.sources, this.settings) = (sources, settings);
        if (sources.FirstOrDefault(source => source.Count == 0) is { } empty)
            throw new InvalidDataException($"'{empty.Name}' has no examples; there is nothing to train on.");
        perEpoch = settings.PerEpoch([.. sources.Select(source => source.Count)]);
        StepsPerEpoch = settings.Steps(perEpoch);
        if (StepsPerEpoch == 0)
            throw new InvalidDataException($"{perEpoch.Sum()} examples are fewer than the {settings.SmallestBatch} of the smallest batch; there is nothing to train on.");
    }

    public int StepsPerEpoch { get; }

    public string Fingerprint => $"{string.Join("; ", sources.Select(source => source.Fingerprint))}; {settings.BatchSize} {(settings.SingleSource ? "single" : "mixed")} {string.Join(' ', perEpoch)} {settings.SmallestBatch} {settings.Seed}";

    /// <summary>Examples of the first epoch that are in no batch; see <see cref="EpochPlan.LeftOut"/>.</summary>
    public async Task<int> LeftOutAsync() => (await PlanAsync(0)).LeftOut;

    /// <summary>Examples that each source gives an epoch.</summary>
    public IReadOnlyList<int> PerEpoch => perEpoch;

    public async ValueTask<ContrastiveBatch> ReadAsync(int step, CancellationToken cancellationToken)
    {
        var epoch = step / StepsPerEpoch;
        var plan = await PlanAsync(epoch).WaitAsync(cancellationToken);
        if (step % StepsPerEpoch >= StepsPerEpoch / 2)
            _ = PlanAsync(epoch + 1);
        foreach (var past in plans.Keys.Where(other => other < epoch).ToList())
            plans.Remove(past);
        // Conflicts may have left an epoch some batches short: it begins again.
        var batch = plan.Batches[step % StepsPerEpoch % plan.Batches.Count];
        return Read(batch, step);
    }

    Task<EpochPlan> PlanAsync(int epoch) => plans.TryGetValue(epoch, out var plan) ? plan
        : plans[epoch] = Task.Run(() => EpochPlan.Make(sources, settings, perEpoch, epoch, ended.Token));

    ContrastiveBatch Read(MixtureExample[] batch, int step)
    {
        var drawn = new DrawnExample[batch.Length];
        for (var i = 0; i < batch.Length; i++)
            drawn[i] = sources[batch[i].Source].Draw(batch[i].Number, batch[i].Pass, new SeededDraw(settings.Seed, step, i, 3));
        var passages = new List<TokenizedText>();
        var (ids, scores, queryOf) = (new List<long>(), new List<float>(), new List<int>());
        var positivesOf = new List<int[]>(batch.Length);
        foreach (var (i, example) in drawn.Index())
        {
            positivesOf.Add([.. Enumerable.Range(passages.Count, example.Positives.Count)]);
            foreach (var passage in example.Positives.Concat(example.Negatives))
            {
                passages.Add(passage.Text);
                ids.Add(passage.Id);
                scores.Add(passage.Score);
                queryOf.Add(i);
            }
        }
        var groups = positivesOf.All(all => all.Length == 1) ? new PassageGroups([.. queryOf], [.. positivesOf.Select(all => all[0])]) : PassageGroups.Several([.. queryOf], positivesOf);
        return new([.. drawn.Select(example => example.Query)], passages, groups)
        {
            ExampleIds = [.. drawn.Select(example => example.Name)],
            PassageIds = ids,
            KnownPositives = [.. drawn.Select(example => example.Known)],
            Weights = drawn.All(example => example.Weight == 1) ? null : [.. drawn.Select(example => example.Weight)],
            TeacherScores = scores.Any(float.IsNaN) ? null : scores,
            // One that has none stands for itself: its ratio is 1.
            ReasonedQueries = drawn.All(example => example.Reasoned is null) ? null : [.. drawn.Select(example => example.Reasoned ?? example.Query)],
        };
    }

    public void Dispose()
    {
        if (ended.IsCancellationRequested)
            return;
        ended.Cancel();
        foreach (var plan in plans.Values)
            Task.WhenAny(plan).GetAwaiter().GetResult(); // it reads the sources
        foreach (var source in sources)
            source.Dispose();
    }
}
