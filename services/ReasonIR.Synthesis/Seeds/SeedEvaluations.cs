using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Synthesis.Seeds;

/// <summary>Reads the evaluations that seeds must not touch.</summary>
static class SeedEvaluations
{
    /// <summary>About 30 bytes each.</summary>
    const int MostSequences = 20_000_000;

    const int BatchDocuments = 500;

    /// <exception cref="ArgumentException">A corpus or query set does not exist, or is too large; the message names the field.</exception>
    public static async Task<EvaluationTexts?> ReadAsync(
        Func<CancellationToken, Task<ExperimentsDb>> open, long seedCorpus, SeedSettings settings, CancellationToken cancellation)
    {
        if (settings.Against is not { Count: > 0 } against)
            return null;
        var texts = new EvaluationTexts(settings.OverlapWords);
        foreach (var (place, evaluation) in against.Index())
        {
            await using var db = await open(cancellation);
            var corpus = await db.Corpora.AsNoTracking().SingleOrDefaultAsync(row => row.Name == evaluation.Corpus, cancellation)
                ?? throw new ArgumentException($"seeds.against[{place}].corpus: there is no corpus '{evaluation.Corpus}'.");
            var sets = await db.QuerySets.AsNoTracking().Where(row => row.CorpusId == corpus.Id && (evaluation.QuerySet == null || row.Name == evaluation.QuerySet)).Select(row => row.Id).ToListAsync(cancellation);
            if (sets.Count == 0)
                throw new ArgumentException(evaluation.QuerySet is null ? $"seeds.against[{place}]: corpus '{evaluation.Corpus}' has no query set." : $"seeds.against[{place}].querySet: corpus '{evaluation.Corpus}' has no query set '{evaluation.QuerySet}'.");
            await foreach (var text in db.Queries.AsNoTracking().Where(row => sets.Contains(row.QuerySetId)).Select(row => row.Text).AsAsyncEnumerable().WithCancellation(cancellation))
                texts.Add(text);
            if (evaluation.Scope != "queries")
                await AddAnswersAsync(db, texts, corpus, sets, corpus.Id == seedCorpus, cancellation);
            if (evaluation.Scope == "corpus")
                await foreach (var document in db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus.Id).Select(row => new { row.Title, row.Text }).AsAsyncEnumerable().WithCancellation(cancellation))
                {
                    AddDocument(texts, document.Title, document.Text);
                    Check(place, texts);
                }
            Check(place, texts);
        }
        return texts;
    }

    static async Task AddAnswersAsync(ExperimentsDb db, EvaluationTexts texts, Corpus corpus, List<long> sets, bool same, CancellationToken cancellation)
    {
        var gold = await db.Queries.AsNoTracking().Where(row => sets.Contains(row.QuerySetId)).SelectMany(row => row.Judgments).Where(row => row.Grade > 0)
            .Select(row => row.DocumentExternalId).Distinct().ToListAsync(cancellation);
        foreach (var batch in gold.Chunk(BatchDocuments))
        {
            if (same)
                foreach (var id in batch)
                    texts.AddId(id);
            await foreach (var document in db.Documents.AsNoTracking().Where(row => row.CorpusId == corpus.Id && batch.Contains(row.ExternalId))
                .Select(row => new { row.Title, row.Text }).AsAsyncEnumerable().WithCancellation(cancellation))
                AddDocument(texts, document.Title, document.Text);
        }
    }

    static void AddDocument(EvaluationTexts texts, string title, string text)
    {
        texts.Add($"{title} {text}");
        // A passage may have been taken without its title.
        if (title.Length > 0)
            texts.AddWhole(text);
    }

    static void Check(int place, EvaluationTexts texts)
    {
        if (texts.Size > MostSequences)
            throw new ArgumentException($"seeds.against[{place}]: the evaluations have more than {MostSequences:N0} sequences of words; expected fewer evaluations, or the scope 'answers' in place of 'corpus'.");
    }
}
