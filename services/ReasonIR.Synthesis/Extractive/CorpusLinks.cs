using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Synthesis.Generation;

namespace ReasonIR.Synthesis.Extractive;

/// <summary>References between the documents of a corpus. Holds ids and titles; the texts of targets are read batch by batch.</summary>
sealed class CorpusLinks(RunContext run, long corpus, DocumentLinks known)
{
    public static async Task<CorpusLinks> ReadAsync(GenerationJob job, CancellationToken cancellation)
    {
        await using var db = await job.Run.ReadAsync(cancellation);
        var corpus = await db.Corpora.Where(row => row.Name == job.Spec.Corpus).Select(row => row.Id).SingleAsync(cancellation);
        var known = new DocumentLinks();
        await foreach (var document in db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus).OrderBy(row => row.Id)
            .Select(row => new { row.ExternalId, row.Title }).AsAsyncEnumerable().WithCancellation(cancellation))
            known.Add(document.ExternalId, document.Title);
        return new(job.Run, corpus, known);
    }

    /// <summary>The documents, by id, with the documents that they refer to.</summary>
    public async Task<IReadOnlyDictionary<string, PairDocument>> AddAsync(IReadOnlyList<Document> documents, CancellationToken cancellation)
    {
        var links = documents.DistinctBy(document => document.ExternalId)
            .ToDictionary(document => document.ExternalId, document => known.Of(document.ExternalId, document.Title, document.Text, document.Metadata), StringComparer.Ordinal);
        var wanted = links.Values.SelectMany(found => found).Select(link => link.TargetId).Distinct().ToArray();
        await using var db = await run.ReadAsync(cancellation);
        var targets = await db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus && wanted.Contains(row.ExternalId))
            .ToDictionaryAsync(row => row.ExternalId, row => new PairDocument(row.ExternalId, row.Title, row.Text), cancellation);
        return documents.DistinctBy(document => document.ExternalId).ToDictionary(document => document.ExternalId, document => new PairDocument(document.ExternalId, document.Title, document.Text)
        {
            Links = [.. links[document.ExternalId].Where(link => targets.ContainsKey(link.TargetId)).Select(link => new PairLink(link.Query, targets[link.TargetId]))],
        }, StringComparer.Ordinal);
    }
}
