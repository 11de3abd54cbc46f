namespace ReasonIR.Retrieval.Statistics;

/// <summary>An interval of confidence, ends included.</summary>
public readonly record struct Interval(double Low, double High);
