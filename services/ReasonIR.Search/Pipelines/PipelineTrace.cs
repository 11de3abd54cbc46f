using System.Diagnostics;
using ReasonIR.Contracts.Search;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Search.Pipelines;

/// <summary>Times the stages of a pipeline and, where it explains, keeps what each gave for the first query.</summary>
public sealed class PipelineTrace(bool explain)
{
    /// <summary>Documents of a stage's ranking that an explanation shows.</summary>
    const int Shown = 20;

    readonly List<SearchStage> stages = [];

    /// <summary>The stages so far.</summary>
    public IReadOnlyList<SearchStage> Stages => stages;

    /// <summary>Times a stage that ranks documents.</summary>
    /// <param name="notes">Read after the stage.</param>
    public async Task<IReadOnlyList<ScoredDocument>[]> TimeAsync(string name, Func<Task<IReadOnlyList<ScoredDocument>[]>> stage, Func<IReadOnlyDictionary<string, double>?>? notes = null)
    {
        var clock = Stopwatch.StartNew();
        var rankings = await stage();
        stages.Add(new(name, clock.Elapsed.TotalMilliseconds, notes?.Invoke(),
            Documents: explain && rankings.Length > 0 ? [.. rankings[0].Take(Shown).Select(document => new StageDocument(document.Id, document.Score))] : null));
        return rankings;
    }

    /// <summary>Times a stage that changes what is looked up.</summary>
    public async Task<IReadOnlyList<QueryTexts>> TimeAsync(string name, Func<Task<IReadOnlyList<QueryTexts>>> stage, Func<IReadOnlyDictionary<string, double>?>? notes = null)
    {
        var clock = Stopwatch.StartNew();
        var texts = await stage();
        stages.Add(new(name, clock.Elapsed.TotalMilliseconds, notes?.Invoke(), Texts: explain && texts.Count > 0 ? texts[0].Lookups : null));
        return texts;
    }
}
