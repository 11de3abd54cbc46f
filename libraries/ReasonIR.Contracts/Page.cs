namespace ReasonIR.Contracts;

/// <summary>A part of a list.</summary>
/// <param name="Items">The rows asked for.</param>
/// <param name="Total">How many there are in all.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, long Total);
