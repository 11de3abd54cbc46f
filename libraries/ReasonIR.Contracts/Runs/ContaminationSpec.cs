using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>Compares training data with an evaluation: same and similar queries, gold documents, copied texts.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Corpus">The corpus of the evaluation.</param>
/// <param name="Version">Version of the dataset; null: the newest complete one.</param>
/// <param name="QuerySet">The judged query set; null: the corpus's only one, or the one named <c>test</c>.</param>
/// <param name="Words">Words of a sequence that counts as copied.</param>
/// <param name="Near">Jaccard's index of two queries' words from which on they are near duplicates.</param>
public sealed record ContaminationSpec(string Dataset, string Corpus, int? Version = null, string? QuerySet = null, int Words = 13, double Near = 0.6) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"contamination {Dataset} {Corpus}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("dataset", Dataset),
        .. SpecChecks.Name("corpus", Corpus),
        .. SpecChecks.Range("version", Version, 1, int.MaxValue),
        .. QuerySet is null ? [] : SpecChecks.Name("querySet", QuerySet),
        .. SpecChecks.Range<int>("words", Words, 3, 100),
        .. SpecChecks.Range<double>("near", Near, 0.3, 1),
    ];
}
