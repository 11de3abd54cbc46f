using System.Diagnostics;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Loop;

/// <summary>
/// The whole loop as one run: each step is a run of its own, found again by its key, so that a loop whose worker died goes on where it was.
/// </summary>
public sealed class LoopHandler(RunQueue queue, LoopReport report) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Loop;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<LoopSpec>();
        var stages = new List<LoopStage>();
        var reached = 0.0;
        var model = $"{spec.Corpus}-{spec.Base}-{run.RunId}";

        if (spec.UploadId is not null)
            await StageAsync("import", new ImportSpec(spec.Corpus, spec.UploadId, spec.Format, Source: spec.Source), 0.05);
        // Before the work, not after it.
        var judged = await report.IsJudgedAsync(spec, cancellation);
        await StageAsync("index-bm25", new IndexSpec(spec.Corpus, "bm25"), 0.1);
        var data = (await StageAsync("synthesize", new SynthesizeSpec(spec.Corpus, $"{spec.Corpus}-{spec.Generator}", spec.Generator, spec.Seed), 0.2)).ReadOutput<SynthesizeOutput>()!;
        var trained = (await StageAsync("train", Training(spec, model, data), 0.7)).ReadOutput<TrainOutput>()!;
        var before = trained.StartModel ?? spec.Base;
        await StageAsync("index-dense-before", new IndexSpec(spec.Corpus, "dense", before), 0.8);
        await StageAsync("index-dense", new IndexSpec(spec.Corpus, "dense", model), 0.85);
        if (judged)
            await StageAsync("evaluate", new EvaluateSpec(spec.Corpus, Systems(before, model), spec.QuerySet, Label: $"loop-{run.RunId}"), 1);
        else
            await run.LogAsync(RunLogLevel.Warning, "The corpus has no judged queries: nothing can be measured, the systems can be searched.");

        var output = await report.WriteAsync(spec, stages, trained, cancellation);
        await run.LogAsync(RunLogLevel.Information, output.Verdict);
        await run.SetOutputAsync(output);

        async Task<Run> StageAsync(string name, IRunSpec stage, double done)
        {
            await run.ReportProgressAsync(reached, name);
            var clock = Stopwatch.StartNew();
            var id = await queue.EnqueueAsync(
                new(RunSpecs.KindOf(stage), stage.Title, RunSpecs.ToJson(stage), RunSpecs.Version, run.RunId, $"loop-{run.RunId}-{name}"), cancellation);
            // A loop that is started again finds its failed or canceled step by the key: the step goes on from its checkpoint.
            await queue.GoOnAsync([id], cancellation);
            var child = await queue.WaitAsync(id, cancellation);
            if (child.State != RunState.Succeeded)
                throw new InvalidOperationException($"{name} (run {id}) {child.State.ToString().ToLowerInvariant()}: {child.Error ?? "no reason given"}");
            stages.Add(new(name, Math.Round(((child.EndedAt - child.StartedAt) ?? clock.Elapsed).TotalSeconds, 2), id));
            await run.ReportProgressAsync(reached = done, name);
            return child;
        }
    }

    static TrainSpec Training(LoopSpec spec, string model, SynthesizeOutput data) =>
        TrainSpec.Of(model, data.Dataset, data.Version, spec.Base, spec.Seed) is var all ? all with { Data = all.Data with { Seconds = spec.TrainSeconds } } : all;

    static IReadOnlyList<SystemSpec> Systems(string before, string model) =>
    [
        new("bm25", "bm25"),
        new("dense-before", "dense", before),
        new("dense", "dense", model),
        new("hybrid", "hybrid", model),
    ];
}
