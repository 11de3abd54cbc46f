using System.Text.Json.Serialization;

namespace ReasonIR.Experiments.Datasets;

/// <summary>How hard an example is: where rankings of the corpus for its query place the positive and the mined negatives.</summary>
/// <param name="Positive">The positive.</param>
/// <param name="Negatives">The mined negatives, in their order.</param>
/// <param name="Depth">Ranks beyond are not known.</param>
/// <param name="Model">The encoder of the dense ranks; null: none.</param>
public sealed record ExampleDifficulty(
    PassageRank Positive, IReadOnlyList<PassageRank> Negatives, int Depth, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Model = null);

/// <summary>A document's places for a query.</summary>
/// <param name="DocumentId">The document.</param>
/// <param name="Bm25Rank">From 1; null: beyond the depth, or not found.</param>
/// <param name="Bm25Score">Its score; 0 where it shares no term with the query.</param>
/// <param name="DenseRank">As <paramref name="Bm25Rank"/>, by an encoder.</param>
/// <param name="DenseScore">Its similarity to the query; null: beyond the depth.</param>
public sealed record PassageRank(
    string DocumentId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Bm25Rank = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Bm25Score = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DenseRank = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? DenseScore = null);
