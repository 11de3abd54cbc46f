namespace ReasonIR.Retrieval.Vectors;

/// <summary>Which documents may be found: those that meet every condition.</summary>
public sealed record VectorFilter(IReadOnlyList<FilterCondition> Conditions)
{
    public const int MostConditions = 64, MostValues = 10_000;

    /// <summary>Whether a document of these fields may be found.</summary>
    public bool Matches(IReadOnlyList<MetadataField> fields) => Conditions.All(condition => condition.Matches(fields) != condition.Not);

    /// <summary>Throws where a bound is broken or a condition asks for nothing.</summary>
    public void Check()
    {
        if (Conditions.Count > MostConditions)
            throw new ArgumentException($"filter: {Conditions.Count} conditions, expected {MostConditions} at most");
        foreach (var condition in Conditions)
        {
            var values = condition.AnyOf?.Count ?? 0;
            if (condition.Key is not { Length: > 0 and <= MetadataField.LongestKey })
                throw new ArgumentException($"filter: a key of 1 to {MetadataField.LongestKey} characters was expected");
            if (values > MostValues)
                throw new ArgumentException($"filter on '{condition.Key}': {values} values, expected {MostValues} at most");
            if (values == 0 == (condition.From is null && condition.To is null))
                throw new ArgumentException($"filter on '{condition.Key}': expected either values or a range");
            if (condition.From is { } from && !double.IsFinite(from) || condition.To is { } to && !double.IsFinite(to) || condition.From > condition.To)
                throw new ArgumentException($"filter on '{condition.Key}': the range {condition.From} to {condition.To} is not one of finite numbers");
        }
    }
}

/// <summary>A condition on one key; of a field that occurs several times, one value has to meet it.</summary>
/// <param name="AnyOf">One of these values; null: a range is asked for.</param>
/// <param name="From">The least number; null: no bound.</param>
/// <param name="To">The greatest number; null: no bound.</param>
/// <param name="Not">Whether documents that meet it are the ones left out; one without the field then stays.</param>
public sealed record FilterCondition(string Key, IReadOnlyList<MetadataValue>? AnyOf = null, double? From = null, double? To = null, bool Not = false)
{
    /// <summary>Whether one of the fields meets it, <see cref="Not"/> aside.</summary>
    internal bool Matches(IReadOnlyList<MetadataField> fields) => fields.Any(field => field.Key == Key
        && (AnyOf is null ? field.Value.Text is null && !(field.Value.Number < From) && !(field.Value.Number > To) : AnyOf.Contains(field.Value)));
}
