using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Negatives;
using ReasonIR.Synthesis.Steps;

namespace ReasonIR.Synthesis.Engine;

/// <summary>Opens what the steps of a run work with. Disposed with the indexes it opened.</summary>
sealed class OpenDesk(RecipeDesk desk) : IDisposable
{
    public RecipeDesk Desk => desk;

    /// <param name="run">The worker's own run.</param>
    /// <param name="folder">The work folder of the run that prepared.</param>
    /// <param name="spec">Its defaults written out.</param>
    public static async Task<OpenDesk> OpenAsync(RunContext run, string folder, SynthesizeSpec spec, Corpus corpus, Askers askers, IReadOnlyList<string> tasks, SearchClient search, CancellationToken cancellation)
    {
        var miner = spec.Queries is null ? null : await CorpusMiner.CreateAsync(run, corpus, spec.HardNegatives, spec.Seed, cancellation, search);
        return new(new RecipeDesk(spec, corpus.Id, askers.Writer, askers.Judge, askers.SecondJudge, tasks, spec.Queries is null ? null : CorpusSearch.Open(folder), miner, run.ReadAsync));
    }

    /// <summary>Brings about what workers need: the index of the corpus, and tasks.</summary>
    public static async Task<IReadOnlyList<string>> PrepareAsync(RunContext run, SynthesizeSpec spec, Corpus corpus, Askers askers, CancellationToken cancellation)
    {
        if (spec.Queries is not null)
            await CorpusSearch.BuildAsync(run, corpus.Id, cancellation);
        if (spec.VariedLength is not { } varied)
            return [];
        await run.ReportProgressAsync(null, "brainstorming tasks");
        var tasks = await ModelTrouble.TranslateAsync(() => TaskBrainstorm.AskAsync(askers.Writer, varied, spec.Seed, cancellation));
        await run.LogAsync($"{tasks.Count} tasks for examples of varied length{(tasks.Count < varied.Tasks ? $"; the model has no more, {varied.Tasks} were asked for" : "")}.");
        return tasks;
    }

    public void Dispose()
    {
        desk.Search?.Dispose();
        desk.Miner?.Dispose();
    }
}
