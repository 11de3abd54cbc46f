using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Search.Pipelines;

/// <summary>The texts of documents, as they were indexed: the title before the text.</summary>
public sealed class DocumentTexts(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>The texts, in the order of the ids.</summary>
    /// <exception cref="KeyNotFoundException">The corpus has lost one since it was indexed.</exception>
    public async Task<IReadOnlyList<string>> ReadAsync(Corpus corpus, IReadOnlyList<string> ids, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var chunk in ids.Distinct(StringComparer.Ordinal).Chunk(1000))
            foreach (var row in await db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus.Id && chunk.Contains(row.ExternalId))
                .Select(row => new { row.ExternalId, row.Title, row.Text }).ToListAsync(ct))
                texts[row.ExternalId] = row.Title.Length == 0 ? row.Text : $"{row.Title} {row.Text}";
        return [.. ids.Select(id => texts.TryGetValue(id, out var text) ? text : throw new KeyNotFoundException($"Corpus '{corpus.Name}' has no document '{id}' any more; index it again."))];
    }
}
