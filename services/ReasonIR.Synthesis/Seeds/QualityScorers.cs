using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Synthesis.Seeds;

/// <summary>Gives texts a score of quality, the higher the better.</summary>
public interface IQualityScorer
{
    /// <summary>What a recipe calls it (<see cref="SeedQuality.Scorer"/>).</summary>
    string Name { get; }

    /// <summary>A score for each text, in their order; null where there is none.</summary>
    /// <param name="spec">What the run makes; its <c>seeds.quality</c> are the settings.</param>
    Task<IReadOnlyList<double?>> ScoreAsync(RunContext run, SynthesizeSpec spec, IReadOnlyList<string> texts, CancellationToken cancellation);
}

/// <summary>The scorers that there are beside the heuristic one, which the funnel holds.</summary>
public sealed class QualityScorers(IEnumerable<IQualityScorer> scorers)
{
    /// <inheritdoc cref="IQualityScorer.ScoreAsync"/>
    public Task<IReadOnlyList<double?>> ScoreAsync(RunContext run, SynthesizeSpec spec, IReadOnlyList<string> texts, CancellationToken cancellation) =>
        texts.Count == 0 ? Task.FromResult<IReadOnlyList<double?>>([]) : (scorers.FirstOrDefault(one => one.Name == spec.Seeds!.Quality!.Scorer)
            ?? throw new ArgumentException($"seeds.quality.scorer: there is no scorer '{spec.Seeds!.Quality!.Scorer}'.")).ScoreAsync(run, spec, texts, cancellation);
}

/// <summary>A registered classifier with one label, which the Encoder service serves: its value is the score.</summary>
public sealed class ModelScorer(PredictClient encoder) : IQualityScorer
{
    const int BatchTexts = 32;

    public string Name => "model";

    public async Task<IReadOnlyList<double?>> ScoreAsync(RunContext run, SynthesizeSpec spec, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        var scores = new List<double?>(texts.Count);
        foreach (var batch in texts.Chunk(BatchTexts))
            scores.AddRange((await encoder.ScoreAsync(spec.Seeds!.Quality!.Model!, batch, cancellation)).Select(score => (double?)score));
        return scores;
    }
}
