using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Negatives;

namespace ReasonIR.Synthesis.Steps;

/// <summary>All that the steps of a recipe work with. Thread-safe.</summary>
/// <param name="Spec">The recipe, its defaults written out.</param>
/// <param name="Corpus">The corpus's id.</param>
/// <param name="Writer">Writes.</param>
/// <param name="Judge">Grades.</param>
/// <param name="SecondJudge">Grades again.</param>
/// <param name="Tasks">For examples of varied length.</param>
/// <param name="Search">Over the corpus; null where no step needs one.</param>
/// <param name="Miner">Null where no negatives are mined.</param>
/// <param name="OpenAsync">A context to read with.</param>
sealed record RecipeDesk(
    SynthesizeSpec Spec, long Corpus, Asker Writer, Asker Judge, Asker SecondJudge, IReadOnlyList<string> Tasks, CorpusSearch? Search, CorpusMiner? Miner,
    Func<CancellationToken, Task<ExperimentsDb>> OpenAsync)
{
    /// <summary>Longer texts are cut in prompts: about 6,000 tokens of English.</summary>
    const int MostCharacters = 24_000;

    /// <summary>A text as it stands in a prompt.</summary>
    public string Cut(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters];

    /// <summary>The documents that BM25 ranks highest for a query, best first, without the seed and copies of it.</summary>
    public async Task<IReadOnlyList<Document>> CandidatesAsync(string query, Document seed, int count, CancellationToken cancellation)
    {
        // Some more, for copies.
        var ids = Search!.Rank(query, count + 5, seed.ExternalId);
        await using var db = await OpenAsync(cancellation);
        var found = await db.Documents.AsNoTracking().Where(document => document.CorpusId == Corpus && ids.Contains(document.ExternalId)).ToDictionaryAsync(document => document.ExternalId, cancellation);
        return [.. ids.Where(found.ContainsKey).Select(id => found[id]).Where(document => document.Text != seed.Text).DistinctBy(document => document.Text).Take(count)];
    }
}
