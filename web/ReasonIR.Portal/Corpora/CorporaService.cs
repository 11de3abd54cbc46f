using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Corpora;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Indexes;

namespace ReasonIR.Portal.Corpora;

/// <summary>What pages and the REST API know about corpora.</summary>
public sealed class CorporaService(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>All corpora by name.</summary>
    public async Task<IReadOnlyList<CorpusInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await ReadAsync(db, db.Corpora, ct);
    }

    /// <summary>One corpus, or null.</summary>
    public async Task<CorpusInfo?> FindAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return (await ReadAsync(db, db.Corpora.Where(corpus => corpus.Name == name), ct)).SingleOrDefault();
    }

    /// <summary>Documents in the order of import, optionally those whose id, title or text holds the words as they stand.</summary>
    public async Task<Page<DocumentInfo>?> DocumentsAsync(string corpus, string? search, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await IdAsync(db, corpus, ct) is not { } id)
            return null;
        var documents = db.Documents.AsNoTracking().Where(document => document.CorpusId == id);
        if (!string.IsNullOrWhiteSpace(search))
        {
            var pattern = $"%{Escape(search.Trim())}%";
            documents = documents.Where(document => EF.Functions.ILike(document.ExternalId, pattern, "\\")
                || EF.Functions.ILike(document.Title, pattern, "\\") || EF.Functions.ILike(document.Text, pattern, "\\"));
        }
        var total = await documents.LongCountAsync(ct);
        var items = await documents.OrderBy(document => document.Id).Skip(skip).Take(take)
            .Select(document => new DocumentInfo(document.ExternalId, document.Title, document.Text, document.Metadata)).ToListAsync(ct);
        return new(items, total);
    }

    /// <summary>One document, or null.</summary>
    public async Task<DocumentInfo?> DocumentAsync(string corpus, string documentId, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Documents.Where(document => document.ExternalId == documentId && db.Corpora.Any(c => c.Id == document.CorpusId && c.Name == corpus))
            .Select(document => new DocumentInfo(document.ExternalId, document.Title, document.Text, document.Metadata)).SingleOrDefaultAsync(ct);
    }

    /// <summary>Queries of a set with judgments and exclusions, optionally those whose id or text holds the words.</summary>
    public async Task<Page<QueryInfo>?> QueriesAsync(string corpus, string querySet, string? search, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var id = await db.QuerySets.Where(set => set.Name == querySet && set.Corpus!.Name == corpus).Select(set => (long?)set.Id).FirstOrDefaultAsync(ct);
        if (id is null)
            return null;
        var queries = db.Queries.AsNoTracking().Where(query => query.QuerySetId == id);
        if (!string.IsNullOrWhiteSpace(search))
        {
            var pattern = $"%{Escape(search.Trim())}%";
            queries = queries.Where(query => EF.Functions.ILike(query.ExternalId, pattern, "\\") || EF.Functions.ILike(query.Text, pattern, "\\"));
        }
        var total = await queries.LongCountAsync(ct);
        var items = await queries.OrderBy(query => query.Id).Skip(skip).Take(take)
            .Include(query => query.Judgments).Include(query => query.Exclusions).AsSplitQuery().ToListAsync(ct);
        return new([.. items.Select(Describe)], total);
    }

    /// <summary>One query of a set, or null.</summary>
    public async Task<QueryInfo?> QueryAsync(string corpus, string querySet, string queryId, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var query = await db.Queries.AsNoTracking().Where(query => query.ExternalId == queryId
                && db.QuerySets.Any(set => set.Id == query.QuerySetId && set.Name == querySet && set.Corpus!.Name == corpus))
            .Include(query => query.Judgments).Include(query => query.Exclusions).AsSplitQuery().SingleOrDefaultAsync(ct);
        return query is null ? null : Describe(query);
    }

    /// <summary>Titles of documents by id; ids that the corpus does not hold are left out.</summary>
    public async Task<IReadOnlyDictionary<string, string>> TitlesAsync(string corpus, IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Documents.Where(document => ids.Contains(document.ExternalId) && db.Corpora.Any(c => c.Id == document.CorpusId && c.Name == corpus))
            .Select(document => new { document.ExternalId, document.Title }).ToDictionaryAsync(row => row.ExternalId, row => row.Title, ct);
    }

    /// <summary>Removes a corpus and what belongs to it; false when there is none of that name.</summary>
    public async Task<bool> DeleteAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Corpora.Where(corpus => corpus.Name == name).ExecuteDeleteAsync(ct) > 0;
    }

    static Task<long?> IdAsync(ExperimentsDb db, string corpus, CancellationToken ct) =>
        db.Corpora.Where(c => c.Name == corpus).Select(c => (long?)c.Id).SingleOrDefaultAsync(ct);

    static async Task<IReadOnlyList<CorpusInfo>> ReadAsync(ExperimentsDb db, IQueryable<Corpus> corpora, CancellationToken ct)
    {
        var rows = await corpora.AsNoTracking().OrderBy(corpus => corpus.Name).ToListAsync(ct);
        var ids = rows.Select(corpus => corpus.Id).ToList();
        var sets = await db.QuerySets.AsNoTracking().Where(set => ids.Contains(set.CorpusId)).OrderBy(set => set.Name)
            .Select(set => new { set.CorpusId, Info = new QuerySetInfo(set.Name, set.QueryCount, set.Queries.Count(query => query.Judgments.Any())) }).ToListAsync(ct);
        var indexes = await db.Indexes.AsNoTracking().Where(index => ids.Contains(index.CorpusId) && index.State == IndexState.Ready).OrderBy(index => index.Id)
            .Select(index => new { index.CorpusId, index.Kind, Model = index.Model == null ? null : index.Model.Name, index.DocumentCount, index.CorpusHash, index.RunId }).ToListAsync(ct);
        return [.. rows.Select(corpus => new CorpusInfo(
            corpus.Name, corpus.Description, corpus.DocumentCount, corpus.DuplicateCount, corpus.ContentHash,
            [.. sets.Where(set => set.CorpusId == corpus.Id).Select(set => set.Info)],
            [.. indexes.Where(index => index.CorpusId == corpus.Id).Select(index => new IndexInfo(index.Kind, index.Model, index.DocumentCount, index.CorpusHash == corpus.ContentHash, index.RunId))],
            corpus.CreatedAt))];
    }

    static QueryInfo Describe(Query query) => new(
        query.ExternalId,
        query.Text,
        query.Judgments.OrderByDescending(judgment => judgment.Grade).ToDictionary(judgment => judgment.DocumentExternalId, judgment => judgment.Grade),
        [.. query.Exclusions.Select(exclusion => exclusion.DocumentExternalId)]);

    static string Escape(string text) => text.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_");
}
