using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Pairs;
using ReasonIR.Trainer.Data;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Static;

namespace ReasonIR.Trainer.StaticBase;

/// <summary>Pairs drawn from the corpus anew at each step; the hard negatives that rows store for a document join its pairs.</summary>
/// <param name="heldOut">Documents that no negative may come from; the sampler has none of them.</param>
/// <param name="negatives">Hard negatives of a pair at most; null: all that there are.</param>
public sealed class StrategyPairs(PairSampler sampler, StoredRows rows, IReadOnlySet<string> heldOut, int? negatives) : IPairSource
{
    readonly List<DrawnPair> drawn = [];

    /// <inheritdoc/>
    public void Draw(int step, int count, ICollection<StaticPair> pairs)
    {
        drawn.Clear();
        sampler.Draw(step, count, drawn);
        var batch = drawn.Select(pair => pair.PositiveId).ToHashSet(StringComparer.Ordinal);
        // Only links lead two queries to one passage.
        var shared = drawn.Exists(pair => pair.PositiveId != pair.DocumentId);
        foreach (var pair in drawn)
            pairs.Add(new(pair.Query, pair.Positive, [.. StoredRows.Some([.. rows.NegativesOf(pair.DocumentId, step, batch, heldOut)], negatives, step).Select(text => new[] { text })], shared ? pair.PositiveId : null));
    }
}

/// <summary>Stored examples, drawn without repetition at each step; those made from held-out documents are left out.</summary>
public sealed class ExamplePairs(StoredRows rows, IReadOnlySet<string> heldOut, int seed, int? negatives) : IPairSource
{
    readonly List<Example> usable = [.. rows.All.Where(row => row.Positives.Count > 0 && row.Positives.Select(passage => passage.DocumentId).Append(row.SourceDocumentId)
        .All(id => id is null || !heldOut.Contains(id)))];

    /// <inheritdoc/>
    public void Draw(int step, int count, ICollection<StaticPair> pairs)
    {
        var draw = new SeededDraw(seed, step);
        var chosen = draw.Some(usable, count).ConvertAll(row => (Row: row, Positive: row.Positives[draw.Below(row.Positives.Count)]));
        var batch = chosen.Select(pair => pair.Positive.DocumentId).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var (row, positive) in chosen)
            pairs.Add(new([row.Query], [positive.Text], [.. StoredRows.Some([.. StoredRows.Texts(row.Negatives, batch, heldOut)], negatives, step).Select(text => new[] { text })], positive.DocumentId ?? positive.Text));
    }
}
