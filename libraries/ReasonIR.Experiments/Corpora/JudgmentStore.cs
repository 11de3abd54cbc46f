using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace ReasonIR.Experiments.Corpora;

/// <summary>A judgment that somebody wants changed.</summary>
/// <param name="Grade">Null withdraws the judgment.</param>
public sealed record JudgmentChange(string Query, string Document, int? Grade);

/// <summary>Edits judgments; every change is kept with its author, and makes a new version of the query set. Thread-safe.</summary>
public sealed class JudgmentStore(IDbContextFactory<ExperimentsDb> contexts)
{
    /// <summary>Who is named where an import met judgments that people had edited.</summary>
    public const string ImportAuthor = "import";

    /// <summary>Applies all changes or none; those that change nothing leave no trace. Returns the edits that were made.</summary>
    /// <exception cref="KeyNotFoundException">A query that the set does not have, a document that the corpus does not hold.</exception>
    public async Task<IReadOnlyList<JudgmentEdit>> EditAsync(
        long querySetId, IReadOnlyList<JudgmentChange> changes, string author, string note, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        // Edits of one set come one after the other: each has a version of its own.
        var set = await db.QuerySets.FromSql($"select * from query_sets where id = {querySetId} for update").SingleAsync(cancellation);
        if (set.ImportedJudgmentsHash.Length == 0)
            set.ImportedJudgmentsHash = await HashAsync(db, querySetId, cancellation);
        var edits = new List<JudgmentEdit>();
        foreach (var change in changes)
            if (await ApplyAsync(db, set, change, author, note, set.Version + 1, cancellation) is { } edit)
                edits.Add(edit);
        if (edits.Count == 0)
            return edits;
        set.Version++;
        await db.SaveChangesAsync(cancellation);
        var judgments = await HashAsync(db, querySetId, cancellation);
        // An edit that was taken back gives the imported set again, with its hash: results over it are not outdated.
        set.ContentHash = judgments == set.ImportedJudgmentsHash
            ? set.ImportedHash
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{set.ImportedHash} {judgments}")));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return edits;
    }

    /// <summary>The edits of a query set, newest first.</summary>
    public async Task<(IReadOnlyList<JudgmentEdit> Items, long Total)> HistoryAsync(long querySetId, int skip, int take, CancellationToken cancellation = default)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var edits = db.JudgmentEdits.AsNoTracking().Where(edit => edit.QuerySetId == querySetId);
        return (await edits.OrderByDescending(edit => edit.Id).Skip(skip).Take(take).ToListAsync(cancellation), await edits.LongCountAsync(cancellation));
    }

    static async Task<JudgmentEdit?> ApplyAsync(
        ExperimentsDb db, QuerySet set, JudgmentChange change, string author, string note, int version, CancellationToken cancellation)
    {
        var query = await db.Queries.Where(row => row.QuerySetId == set.Id && row.ExternalId == change.Query).Select(row => (long?)row.Id).SingleOrDefaultAsync(cancellation)
            ?? throw new KeyNotFoundException($"query: the set '{set.Name}' has no query '{change.Query}'.");
        var judged = db.Judgments.Local.SingleOrDefault(row => row.QueryId == query && row.DocumentExternalId == change.Document)
            ?? await db.Judgments.SingleOrDefaultAsync(row => row.QueryId == query && row.DocumentExternalId == change.Document, cancellation);
        if (judged?.Grade == change.Grade)
            return null;
        if (judged is null && !await db.Documents.AnyAsync(row => row.CorpusId == set.CorpusId && row.ExternalId == change.Document, cancellation))
            throw new KeyNotFoundException($"document: the corpus has no document '{change.Document}'.");
        if (judged is not null)
            db.Judgments.Remove(judged);
        await db.SaveChangesAsync(cancellation);
        if (change.Grade is { } grade)
            db.Judgments.Add(new() { QueryId = query, DocumentExternalId = change.Document, Grade = grade });
        var edit = new JudgmentEdit
        {
            QuerySetId = set.Id, Version = version, QueryExternalId = change.Query, DocumentExternalId = change.Document,
            OldGrade = judged?.Grade, NewGrade = change.Grade, Author = author, Note = note,
        };
        db.JudgmentEdits.Add(edit);
        await db.SaveChangesAsync(cancellation);
        return edit;
    }

    /// <summary>
    /// After another import of a set: the judgments that people gave stand, as far as their queries are still there. The set's hashes
    /// are brought in line; the caller has locked the corpus and set the imported hash.
    /// </summary>
    internal static async Task KeepEditsAsync(ExperimentsDb db, QuerySet set, CancellationToken cancellation)
    {
        set.ImportedJudgmentsHash = await HashAsync(db, set.Id, cancellation);
        var last = (await db.JudgmentEdits.AsNoTracking().Where(edit => edit.QuerySetId == set.Id).OrderBy(edit => edit.Id).ToListAsync(cancellation))
            .GroupBy(edit => (edit.QueryExternalId, edit.DocumentExternalId)).Select(group => (Last: group.Last(), By: group.LastOrDefault(edit => edit.Author != ImportAuthor)?.Author)).ToList();
        if (last.Count == 0)
            return;
        var queries = await db.Queries.Where(query => query.QuerySetId == set.Id).ToDictionaryAsync(query => query.ExternalId, query => query.Id, cancellation);
        var judged = (await db.Judgments.Where(row => queries.Values.Contains(row.QueryId)).ToListAsync(cancellation)).ToDictionary(row => (row.QueryId, row.DocumentExternalId));
        foreach (var (edit, by) in last.Where(pair => queries.ContainsKey(pair.Last.QueryExternalId)))
        {
            var query = queries[edit.QueryExternalId];
            var found = judged.GetValueOrDefault((query, edit.DocumentExternalId));
            if (found?.Grade == edit.NewGrade)
                continue;
            if (found is not null)
                db.Judgments.Remove(found);
            await db.SaveChangesAsync(cancellation);
            if (edit.NewGrade is { } grade)
                db.Judgments.Add(new() { QueryId = query, DocumentExternalId = edit.DocumentExternalId, Grade = grade });
            db.JudgmentEdits.Add(new()
            {
                QuerySetId = set.Id, Version = set.Version, QueryExternalId = edit.QueryExternalId, DocumentExternalId = edit.DocumentExternalId,
                OldGrade = found?.Grade, NewGrade = edit.NewGrade, Author = ImportAuthor, Note = $"{by ?? ImportAuthor}'s judgment kept over the imported one",
            });
        }
        await db.SaveChangesAsync(cancellation);
        var judgments = await HashAsync(db, set.Id, cancellation);
        if (judgments != set.ImportedJudgmentsHash)
            set.ContentHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{set.ImportedHash} {judgments}")));
        await db.SaveChangesAsync(cancellation);
    }

    static async Task<string> HashAsync(ExperimentsDb db, long querySetId, CancellationToken cancellation)
    {
        var rows = await db.Queries.Where(query => query.QuerySetId == querySetId)
            .Join(db.Judgments, query => query.Id, judgment => judgment.QueryId, (query, judgment) => new { query.ExternalId, judgment.DocumentExternalId, judgment.Grade }).ToListAsync(cancellation);
        return QuerySetHashes.Judgments(rows.Select(row => (row.ExternalId, row.DocumentExternalId, row.Grade)));
    }
}
