using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Judging;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Portal.Judging;

/// <summary>The judgments of a query set as a file of TREC's form, out and in.</summary>
public sealed class QrelsService(IDbContextFactory<ExperimentsDb> databases, JudgingService judging, JudgmentStore store)
{
    /// <summary>Judgments of a file at most: each is an edit with its history. Whole collections are imported.</summary>
    public const int MostJudgments = 10_000;

    /// <summary>The judgments by query and document; null where there is no such query set.</summary>
    public async Task<IReadOnlyList<JudgmentChangeInfo>?> ReadAsync(string corpus, string querySet, CancellationToken ct)
    {
        if (await judging.FindAsync(corpus, querySet, ct) is not { } set)
            return null;
        await using var db = await databases.CreateDbContextAsync(ct);
        var rows = await db.Queries.Where(query => query.QuerySetId == set.Id)
            .Join(db.Judgments, query => query.Id, judgment => judgment.QueryId, (query, judgment) => new { query.ExternalId, judgment.DocumentExternalId, judgment.Grade })
            .ToListAsync(ct);
        return [.. rows.Select(row => new JudgmentChangeInfo(row.ExternalId, row.DocumentExternalId, row.Grade))
            .OrderBy(row => row.QueryId, StringComparer.Ordinal).ThenBy(row => row.DocumentId, StringComparer.Ordinal)];
    }

    /// <summary>Makes the judgments of a file those of the set, all or none; what the file does not name stays. Null where there is no such set.</summary>
    /// <param name="file">TREC's form: <c>query 0 document grade</c>, plain or gzip.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="ArgumentException">The file is broken or too long (the message names its line), or names a query or document that is not there.</exception>
    public async Task<JudgeAnswer?> ImportAsync(string corpus, string querySet, Stream file, string name, string author, string? note, CancellationToken ct)
    {
        if (await judging.FindAsync(corpus, querySet, ct) is not { } set)
            return null;
        try
        {
            var judgments = await TrecQrels.ReadAsync(file, name, cancellation: ct);
            List<JudgmentChangeInfo> changes = [.. judgments.SelectMany(query => query.Value.Select(document => new JudgmentChangeInfo(query.Key, document.Key, document.Value)))];
            if (changes.Count is 0 or > MostJudgments)
                throw new ArgumentException($"{name}: expected 1 to {MostJudgments:N0} judgments, found {changes.Count:N0}.");
            // The whole set as one request, whose own bound is for what people send by hand.
            var problems = new JudgeRequest(changes[..1], author, note).Problems()
                .Concat(changes.SelectMany(change => change.Problems($"{name}, query {change.QueryId}, document {change.DocumentId}"))).Take(10).ToList();
            if (problems.Count > 0)
                throw new ArgumentException(string.Join(" ", problems));
            var edits = await store.EditAsync(set.Id, [.. changes.Select(change => new JudgmentChange(change.QueryId, change.DocumentId, change.Grade))], author.Trim(), note?.Trim() ?? "", ct);
            return new(edits.Count, edits.Count > 0 ? edits[0].Version : set.Version);
        }
        catch (Exception e) when (e is DataFileException or KeyNotFoundException)
        {
            throw new ArgumentException(e.Message, e);
        }
    }
}
