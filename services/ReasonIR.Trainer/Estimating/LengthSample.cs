using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Trainer.Data;

namespace ReasonIR.Trainer.Estimating;

/// <summary>How long texts are, from a few of each source.</summary>
/// <param name="Examples">Examples of all sources.</param>
/// <param name="PerQuery">Mean tokens of a query.</param>
/// <param name="PerPassage">Mean tokens of a passage.</param>
/// <param name="PassagesPerQuery">Positives and negatives that are drawn.</param>
public sealed record LengthSample(long Examples, double PerQuery, double PerPassage, double PassagesPerQuery)
{
    const int Taken = 64;

    /// <param name="count">Tokens of a query or passage, prompt included and cut: text, prompt, limit.</param>
    public static async Task<LengthSample> ReadAsync(
        ExperimentsDb db, TrainSpec spec, IReadOnlyList<TrainingSet> sets, IReadOnlyList<SourceSettings> settings, Func<string, string, int?, int> count, CancellationToken cancellation)
    {
        var (examples, weights) = (0L, 0.0);
        var (query, passage, passages) = (0.0, 0.0, 0.0);
        foreach (var (place, set) in sets.Index())
        {
            var how = settings[place];
            var size = set.Strategy is null ? set.Version.ExampleCount : set.Corpus!.DocumentCount;
            var texts = await TextsAsync(db, set, how, cancellation);
            if (texts.Count == 0)
                continue;
            var weight = spec.Data.Sampling == "weights" ? spec.Data.Sources[place].Weight ?? 1 : size;
            (examples, weights) = (examples + size, weights + weight);
            query += weight * texts.Average(text => count(text.Query, how.Prompts.ForQuery(text.Instruction ?? how.Instruction), how.QueryMaxTokens));
            passage += weight * texts.SelectMany(text => text.Passages).DefaultIfEmpty("").Average(text => count(text, how.Prompts.ForPassage(null), how.PassageMaxTokens));
            passages += weight * texts.Average(text => Math.Min(how.Positives, text.Positives) + Math.Min(how.Negatives, text.Passages.Count - text.Positives));
        }
        return weights == 0 ? new(0, 0, 0, 0) : new(examples, query / weights, passage / weights, passages / weights);
    }

    sealed record Texts(string Query, string? Instruction, IReadOnlyList<string> Passages, int Positives);

    static async Task<IReadOnlyList<Texts>> TextsAsync(ExperimentsDb db, TrainingSet set, SourceSettings how, CancellationToken cancellation)
    {
        if (set.Strategy is null)
        {
            var every = Math.Max(1, set.Version.ExampleCount / Taken);
            var rows = await db.Examples.AsNoTracking().Where(row => row.DatasetVersionId == set.Version.Id && row.Ordinal % every == 0).OrderBy(row => row.Ordinal).Take(Taken).ToListAsync(cancellation);
            return [.. rows.Where(row => row.Positives.Count > 0).Select(row => new Texts(row.Query, row.Instruction, [.. row.Positives.Concat(row.Negatives).Select(text => text.Text)], row.Positives.Count))];
        }
        var documents = await db.Documents.AsNoTracking().Where(row => row.CorpusId == set.Corpus!.Id).OrderBy(row => row.ContentHash).Take(Taken)
            .Select(row => new PairDocument(row.ExternalId, row.Title, row.Text)).ToListAsync(cancellation);
        var pairs = new List<DrawnPair>();
        new PairSampler(documents, 0).Draw(0, documents.Count, pairs);
        return [.. pairs.Select(pair => new Texts(pair.QueryText, null, [pair.PositiveText], 1))];
    }
}

