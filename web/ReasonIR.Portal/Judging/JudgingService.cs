using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Judging;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Portal.Judging;

/// <summary>Judgments as people change them.</summary>
public sealed class JudgingService(IDbContextFactory<ExperimentsDb> databases, JudgmentStore judgments)
{
    /// <summary>Makes all changes or none; null where there is no such query set.</summary>
    /// <exception cref="ArgumentException">The request has problems, or names a query or document that is not there.</exception>
    public async Task<JudgeAnswer?> JudgeAsync(string corpus, string querySet, JudgeRequest request, CancellationToken ct)
    {
        if (request.Problems().ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(" ", problems));
        if (await FindAsync(corpus, querySet, ct) is not { } set)
            return null;
        try
        {
            var edits = await judgments.EditAsync(
                set.Id, [.. request.Changes.Select(change => new JudgmentChange(change.QueryId, change.DocumentId, change.Grade))], request.Author.Trim(), request.Note?.Trim() ?? "", ct);
            return new(edits.Count, edits.Count > 0 ? edits[0].Version : set.Version);
        }
        catch (KeyNotFoundException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }

    /// <summary>The changes of a query set, newest first; null where there is no such set.</summary>
    public async Task<Page<JudgmentEditInfo>?> HistoryAsync(string corpus, string querySet, int skip, int take, CancellationToken ct)
    {
        if (await FindAsync(corpus, querySet, ct) is not { } set)
            return null;
        var (items, total) = await judgments.HistoryAsync(set.Id, skip, take, ct);
        return new([.. items.Select(edit => new JudgmentEditInfo(edit.Version, edit.QueryExternalId, edit.DocumentExternalId, edit.OldGrade, edit.NewGrade, edit.Author, edit.Note, edit.At))], total);
    }

    /// <summary>The query set; null where there is none.</summary>
    public async Task<QuerySet?> FindAsync(string corpus, string querySet, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.QuerySets.AsNoTracking().Where(set => set.Name == querySet && set.Corpus!.Name == corpus).OrderBy(set => set.Id).FirstOrDefaultAsync(ct);
    }
}
