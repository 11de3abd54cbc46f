namespace ReasonIR.Training.Static;

/// <summary>
/// A query and the passage it must find, each as pieces of text whose words are added up. The trainer keeps the tokens of a piece by the
/// string object, so a source that hands out the same objects again (a sampler over a corpus) costs no tokenization after the first time.
/// </summary>
/// <param name="Query">Pieces of the query.</param>
/// <param name="Positive">Pieces of the passage.</param>
/// <param name="Negatives">Hard negatives: passages that every query of the batch is also told apart from.</param>
/// <param name="PositiveKey">Pairs of a batch with the same key share a passage and are not each other's negatives; null: none.</param>
public sealed record StaticPair(
    IReadOnlyList<string> Query, IReadOnlyList<string> Positive, IReadOnlyList<IReadOnlyList<string>>? Negatives = null, string? PositiveKey = null);

/// <summary>Where training pairs come from: strategies drawn anew each step, or stored examples.</summary>
public interface IPairSource
{
    /// <summary>
    /// Adds at most <paramref name="count"/> pairs. What is drawn depends on the source's seed and <paramref name="step"/> alone, not on
    /// earlier calls: a run that resumes at a step must get what it would have got.
    /// </summary>
    void Draw(int step, int count, ICollection<StaticPair> pairs);
}
