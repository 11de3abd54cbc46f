using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using ReasonIR.Training.Distributed;
using ReasonIR.Training.Schedules;
using TorchSharp;

namespace ReasonIR.Training.Contrastive;

/// <summary>One run from its base model to its output, on one thread.</summary>
sealed class TrainingRun(
    ContrastiveTrainingSpec spec, Func<TextTokens, IBatchSource> batches, ITrainingLog log, TrainingHooks hooks, IProcessGroup group,
    string checkpointFolder, string outputFolder, CancellationToken cancellation)
{
    readonly Stopwatch clock = Stopwatch.StartNew();
    readonly bool isFirst = group.Rank == 0;
    double earlier;
    int resumed;
    int? bestOfCheckpoint;

    double Seconds => earlier + clock.Elapsed.TotalSeconds;

    public ContrastiveTrainingResult Run()
    {
        if (spec.Evaluation is not null && hooks.Evaluate is null && isFirst)
            throw new ArgumentException("Evaluation is set; nothing was given to evaluate with.");
        var threads = torch.get_num_threads();
        using var scope = torch.NewDisposeScope();
        try
        {
            if (spec.Threads is { } wanted)
                torch.set_num_threads(wanted);
            TorchRuntime.Use(BaseModel.Place(spec, group.Rank));
            var folder = SentenceTransformersFolder.Open(spec.BaseModel);
            using var model = BaseModel.Load(spec, folder, group.Rank);
            var tokens = TextTokens.Open(folder, model.Transformer);
            using var source = new BatchesAhead(batches(tokens), cancellation);
            var steps = spec.MaxSteps ?? Math.Max(1, (int)Math.Ceiling(source.StepsPerEpoch * spec.Epochs));
            var schedule = new LearningRateSchedule(spec.Schedule ?? new(), spec.LearningRate, steps, LearningRateSchedule.WarmupSteps(spec.Warmup, steps));
            using var loop = new OptimizerLoop(model.named_parameters(), schedule, spec.WeightDecay, spec.MaxGradientNorm, spec.Optimizer);
            var watch = Resume(loop, source.Fingerprint);
            var end = Steps(model, tokens, source, loop, watch, steps);
            if (end != TrainingEnd.Paused && isFirst)
                Finish(model, folder, loop, watch);
            return new(loop.Step, resumed, watch.State.LossSum / Math.Max(1, loop.Step), Seconds, end, watch.State.Best, watch.State.Best is null ? null : watch.State.BestStep);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    TrainingEnd Steps(SentenceModel model, TextTokens tokens, BatchesAhead source, OptimizerLoop loop, RunWatch watch, int steps)
    {
        var gradients = new BatchGradients(model, spec, group);
        ContrastiveBatch? inspected = null;
        gradients.Inspect = (batch, q, p) =>
        {
            if (isFirst && spec.HardNegativeSteps > 0 && (loop.Step + 1) % spec.HardNegativeSteps == 0 && !ReferenceEquals(inspected, batch))
                log.HardestNegatives(HardestNegatives.Of(batch, q, p, loop.Step + 1));
            inspected = batch;
        };
        model.train();
        while (true)
        {
            if (isFirst && watch.IsDue(loop.Step, steps))
                Evaluate(model, tokens, loop, watch);
            switch (Agree(loop, watch, steps))
            {
                case Decision.Cancel:
                    Save(loop, watch, source.Fingerprint);
                    cancellation.ThrowIfCancellationRequested();
                    throw new OperationCanceledException("Another process of the run was canceled.");
                case Decision.Pause:
                    Save(loop, watch, source.Fingerprint);
                    return TrainingEnd.Paused;
                case Decision.OutOfTime:
                    if (isFirst && spec.Evaluation is not null && watch.State.Evaluated != loop.Step)
                        Evaluate(model, tokens, loop, watch);
                    return TrainingEnd.TimeLimit;
                case Decision.OutOfPatience:
                    return TrainingEnd.NoImprovement;
                case Decision.Done:
                    return TrainingEnd.AllSteps;
            }
            var started = Stopwatch.GetTimestamp();
            var batch = source.Read(loop.Step, isLast: loop.Step + 1 >= steps);
            var waited = Stopwatch.GetElapsedTime(started);
            var (loss, norm, rate) = OneStep(gradients, batch, loop);
            var whole = Stopwatch.GetElapsedTime(started);
            if (isFirst)
                log.Report(new(loop.Step, steps, loss, norm, rate, batch.Queries.Count / whole.TotalSeconds)
                {
                    WaitSeconds = waited.TotalSeconds,
                    Seconds = whole.TotalSeconds,
                    Tokens = batch.Queries.Sum(t => (long)t.Ids.Length) + batch.Passages.Sum(t => (long)t.Ids.Length),
                });
            if (watch.Add(loss) is { } reason)
                throw Diverged(loop.Step, reason, batch);
            if (spec.CheckpointSteps > 0 && loop.Step % spec.CheckpointSteps == 0 && loop.Step < steps && watch.IsHealthy)
                Save(loop, watch, source.Fingerprint);
        }
    }

    (double Loss, double Norm, double Rate) OneStep(BatchGradients gradients, ContrastiveBatch batch, OptimizerLoop loop)
    {
        try
        {
            return loop.Run(() => gradients.Run(batch, loop.Step));
        }
        catch (InvalidOperationException error) when (error is ZeroVectorException or NotFiniteException)
        {
            throw Diverged(loop.Step + 1, error is NotFiniteException { Message: var text } ? text : error.Message.TrimEnd('.'), batch, error);
        }
    }

    TrainingDivergedException Diverged(int step, string reason, ContrastiveBatch batch, Exception? inner = null) =>
        new(step, reason, [.. Enumerable.Range(0, batch.Queries.Count).Select(batch.NameOf)], Checkpoint.Latest(checkpointFolder), inner);

    void Evaluate(SentenceModel model, TextTokens tokens, OptimizerLoop loop, RunWatch watch)
    {
        model.eval();
        var score = hooks.Evaluate!(new(model, tokens, spec, loop.Step));
        model.train();
        var best = watch.Add(loop.Step, score);
        if (best && spec.Evaluation!.KeepBest)
            Checkpoint.SaveBest(checkpointFolder, loop, bestOfCheckpoint);
        log.Evaluated(loop.Step, score, best);
    }

    enum Decision { Continue, Done, OutOfPatience, OutOfTime, Pause, Cancel }

    /// <summary>What happens next: all processes do the same, the gravest that any of them wants.</summary>
    Decision Agree(OptimizerLoop loop, RunWatch watch, int steps)
    {
        var own = cancellation.IsCancellationRequested ? Decision.Cancel
            : loop.Step >= steps ? Decision.Done
            : hooks.Pause.IsCancellationRequested ? Decision.Pause
            : isFirst && watch.IsExhausted ? Decision.OutOfPatience
            : isFirst && Seconds >= spec.MaxSeconds ? Decision.OutOfTime
            : Decision.Continue;
        return group.AllGather(own.ToString()).Select(Enum.Parse<Decision>).Max();
    }

    RunWatch Resume(OptimizerLoop loop, string data)
    {
        var state = Checkpoint.Load(checkpointFolder, loop, Settings(), data);
        (resumed, earlier, bestOfCheckpoint) = (state?.Step ?? 0, state?.Seconds ?? 0, state?.Watch?.Best is null ? null : state.Watch.BestStep);
        if (resumed > 0 && isFirst)
            log.Message($"Resumed from the checkpoint of step {resumed}.");
        var start = string.Create(CultureInfo.InvariantCulture, $"{resumed} {data} {Settings()}");
        foreach (var (rank, other) in group.AllGather(start).Index())
            if (other != start)
                throw new InvalidDataException($"Rank {rank} has other settings, data or a checkpoint of another step than rank {group.Rank}.");
        return new(spec.Divergence, spec.Evaluation, state?.Watch);
    }

    /// <summary>What two starts of a run must have in common.</summary>
    string Settings() => JsonSerializer.Serialize(
        spec with { CheckpointSteps = 0, Threads = null, MaxSeconds = null, HardNegativeSteps = 0, Device = null, Prompts = null, BaseModel = Path.GetFileName(spec.BaseModel.TrimEnd(Path.DirectorySeparatorChar)) }, JsonSerializerOptions.Web);

    void Save(OptimizerLoop loop, RunWatch watch, string data)
    {
        if (!isFirst)
            return;
        Checkpoint.Save(checkpointFolder, loop, Settings(), data, Seconds, watch.State);
        bestOfCheckpoint = watch.State.Best is null ? null : watch.State.BestStep;
    }

    void Finish(SentenceModel model, SentenceTransformersFolder folder, OptimizerLoop loop, RunWatch watch)
    {
        if (spec.Evaluation is { KeepBest: true } && watch.State.Best is not null)
        {
            Checkpoint.LoadBest(checkpointFolder, loop, watch.State.BestStep);
            log.Message($"The result is the model of step {watch.State.BestStep}, which was evaluated best.");
        }
        model.eval();
        var partial = $"{outputFolder.TrimEnd('/')}.partial-{Guid.NewGuid():N}";
        BaseModel.Save(spec, model, folder, partial);
        Directory.Move(partial, outputFolder);
    }
}
