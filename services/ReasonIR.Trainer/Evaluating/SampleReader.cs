using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Trainer.Evaluating;

/// <summary>Draws the samples that a run evaluates on: the same for the same corpus, set and seed, so that runs can be compared.</summary>
public sealed class SampleReader(IDbContextFactory<ExperimentsDb> databases, DocumentStore documents, QuerySetStore querySets)
{
    const int Documents = 2000, Queries = 200;

    /// <exception cref="ArgumentException">A corpus or query set is not there, or has no judgments; the message names its field.</exception>
    public async Task<IReadOnlyList<EvaluationSample>> ReadAsync(EvaluationSection evaluation, int seed, CancellationToken cancellation)
    {
        var samples = new List<EvaluationSample>();
        foreach (var (place, set) in (evaluation.Sets ?? []).Index())
            samples.Add(await ReadAsync(set, $"evaluation.sets[{place}]", evaluation.Sample ?? Documents, evaluation.Queries ?? Queries, seed, cancellation));
        return samples;
    }

    async Task<EvaluationSample> ReadAsync(EvaluationSet wanted, string field, int most, int mostQueries, int seed, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var corpus = await db.Corpora.AsNoTracking().SingleOrDefaultAsync(row => row.Name == wanted.Corpus, cancellation)
            ?? throw new ArgumentException($"{field}.corpus: there is no corpus '{wanted.Corpus}'.");
        var judged = await db.QuerySets.AsNoTracking().Where(set => set.CorpusId == corpus.Id && set.Queries.Any(query => query.Judgments.Any())).OrderBy(set => set.Name).ToListAsync(cancellation);
        var chosen = wanted.QuerySet is { } name ? judged.Find(set => set.Name == name) : judged is [var only] ? only : judged.Find(set => set.Name == "test");
        if (chosen is null)
            throw new ArgumentException($"{field}.querySet: expected one of {(judged.Count == 0 ? "none" : string.Join(", ", judged.Select(set => set.Name)))}, the judged query sets of corpus '{wanted.Corpus}'; found {(wanted.QuerySet is null ? "no name" : $"'{wanted.QuerySet}'")}.");
        var queries = (await querySets.ReadAsync(chosen.Id, cancellation)).Where(query => query.Judgments.Any(judgment => judgment.Grade > 0))
            .OrderBy(query => Order(seed, query.ExternalId), StringComparer.Ordinal).Take(mostQueries).OrderBy(query => query.Id).ToList();
        var judgments = new Judgments();
        foreach (var query in queries)
            foreach (var judgment in query.Judgments)
                judgments.TryAdd(query.ExternalId, judgment.DocumentExternalId, judgment.Grade);
        var needed = queries.SelectMany(query => query.Judgments.Select(judgment => judgment.DocumentExternalId)).ToHashSet(StringComparer.Ordinal);

        // Ids alone come past first: a corpus of millions is not read for a sample of thousands.
        var others = new PriorityQueue<string, string>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        var room = Math.Max(0, most - needed.Count);
        await foreach (var document in documents.StreamAsync(corpus.Id, withText: false, cancellation))
            if (!needed.Contains(document.ExternalId))
            {
                others.Enqueue(document.ExternalId, Order(seed, document.ExternalId));
                if (others.Count > room)
                    others.Dequeue();
            }
        var ids = needed.Order(StringComparer.Ordinal).Concat(others.UnorderedItems.Select(item => item.Element).Order(StringComparer.Ordinal)).ToList();
        var (found, texts) = (new List<string>(), new List<string>());
        foreach (var some in ids.Chunk(1000))
        {
            var rows = await documents.FindAsync([corpus.Id], some, cancellation);
            foreach (var id in some)
                if (rows.TryGetValue(id, out var row))
                {
                    found.Add(id);
                    texts.Add($"{row.Title} {row.Text}".Trim());
                }
        }
        return new($"{wanted.Corpus}/{chosen.Name}", wanted.Instruction, found, texts, [.. queries.Select(query => query.ExternalId)], [.. queries.Select(query => query.Text)], judgments,
            queries.ToDictionary(query => query.ExternalId, query => (IReadOnlySet<string>)query.Exclusions.Select(exclusion => exclusion.DocumentExternalId).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal), corpus.DocumentCount);
    }

    /// <summary>A random place that depends on nothing but the seed and the id.</summary>
    static string Order(int seed, string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{id}")).AsSpan(0, 12));
}
