namespace ReasonIR.Contracts.Datasets;

/// <summary>
/// What one version has that another has not. Examples are the same where all their texts, ids and scores are; of the others, those with the same query, or with
/// the same source and positive, count as changed.
/// </summary>
/// <param name="A">The version that is compared from, <c>name@1</c>.</param>
/// <param name="B">The version that is compared to.</param>
/// <param name="Items">A page of what was asked for, by ordinal.</param>
/// <param name="Total">How many of that there are.</param>
public sealed record DatasetDifference(
    string A, string B, int Unchanged, int Added, int Removed, int Changed, IReadOnlyList<ExampleDifference> Items, long Total);

/// <summary>An example that differs.</summary>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Fields">What differs: <c>query</c>, <c>instruction</c>, <c>positives</c>, <c>negatives</c>, <c>weight</c>, <c>reasoned</c>; for changed ones only.</param>
/// <param name="A">As the first has it; null: added.</param>
/// <param name="B">As the second has it; null: removed.</param>
public sealed record ExampleDifference(string Change, IReadOnlyList<string> Fields, ExampleInfo? A, ExampleInfo? B);
