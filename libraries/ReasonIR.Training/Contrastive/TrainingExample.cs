namespace ReasonIR.Training.Contrastive;

/// <summary>One query with what answers it and what only seems to.</summary>
/// <param name="Positives">At least one; where there are several, one is drawn each time.</param>
/// <param name="Negatives">Hard negatives; may be empty.</param>
public sealed record TrainingExample(string Query, IReadOnlyList<string> Positives, IReadOnlyList<string> Negatives);

/// <summary>The examples of a dataset version, by number. Reading the same numbers under the same draw gives the same examples.</summary>
public interface ITrainingData
{
    /// <summary>Number of examples.</summary>
    int Count { get; }

    /// <summary>Names the data and its version: a checkpoint is resumed only with the same.</summary>
    string Fingerprint { get; }

    /// <param name="numbers">From 0 to <see cref="Count"/> - 1, in any order.</param>
    /// <param name="draw">The epoch, from 0: a dataset that draws its pairs anew uses it as a seed; a stored one ignores it.</param>
    Task<IReadOnlyList<TrainingExample>> ReadAsync(IReadOnlyList<int> numbers, int draw, CancellationToken cancellationToken);
}

/// <summary>Examples in memory.</summary>
public sealed class ListTrainingData(IReadOnlyList<TrainingExample> examples, string fingerprint) : ITrainingData
{
    public int Count => examples.Count;

    public string Fingerprint => fingerprint;

    public Task<IReadOnlyList<TrainingExample>> ReadAsync(IReadOnlyList<int> numbers, int draw, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<TrainingExample>>([.. numbers.Select(n => examples[n])]);
}
