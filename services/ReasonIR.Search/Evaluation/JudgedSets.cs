using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Search.Evaluation;

/// <summary>Chooses the judged query set that an evaluation means.</summary>
public static class JudgedSets
{
    /// <summary>The named one; without a name the only judged one, or the one called <c>test</c>.</summary>
    /// <exception cref="ArgumentException">There is none, or the choice is not clear; the message lists the candidates.</exception>
    public static async Task<QuerySet> ChooseAsync(RunContext run, Corpus corpus, string? name, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var judged = await db.QuerySets.AsNoTracking().Where(set => set.CorpusId == corpus.Id && set.Queries.Any(query => query.Judgments.Any())).ToListAsync(cancellation);
        var names = judged.Count == 0 ? "none" : string.Join(", ", judged.Select(set => set.Name));
        if (name is not null)
            return judged.Find(set => set.Name == name)
                ?? throw new ArgumentException($"querySet: corpus '{corpus.Name}' has no judged query set '{name}'; it has {names}.");
        return judged.Count == 1
            ? judged[0]
            : judged.Find(set => set.Name == "test")
                ?? throw new ArgumentException($"querySet: expected a name, because corpus '{corpus.Name}' has several judged query sets or none: {names}.");
    }
}
