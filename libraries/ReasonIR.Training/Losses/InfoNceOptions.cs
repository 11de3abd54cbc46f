namespace ReasonIR.Training.Losses;

/// <summary>What is told apart: queries against documents and the other three combinations.</summary>
[Flags]
public enum Directions
{
    QueryToDocument = 1,

    /// <summary>The positive of a query against all queries.</summary>
    DocumentToQuery = 2,

    /// <summary>A query against the other queries.</summary>
    QueryToQuery = 4,

    /// <summary>The positive of a query against all passages of other queries.</summary>
    DocumentToDocument = 8,
}

/// <summary>Whether several directions share one softmax, or have one each whose losses are averaged.</summary>
public enum Partition { Joint, PerDirection }

/// <summary>Which passages a query is told apart from.</summary>
public enum NegativeScope { All, OwnGroup, OwnGroupAndOtherPositives, PositivesOnly }

/// <summary>How weighted rows are averaged.</summary>
public enum WeightNorm { SumOfWeights, BatchSize }

/// <summary>Passages left out of a row's softmax as probable false negatives: those whose cosine exceeds a bound made of the positive's.</summary>
/// <param name="Margin">Absolute: the bound is cos + margin. Relative: cos − |cos| · margin.</param>
public sealed record ScoreMask(double Margin, bool Relative = false);

/// <summary>InfoNCE (van den Oord et al. 2018) over cosines. The defaults are what retrievers are usually trained with.</summary>
/// <param name="MaskOwnNegatives">Whether a query's own hard negatives may be masked; its positive never is.</param>
public sealed record InfoNceOptions(
    double Temperature = 0.05, Directions Directions = Directions.QueryToDocument, Partition Partition = Partition.Joint,
    NegativeScope Scope = NegativeScope.All, ScoreMask? Mask = null, bool MaskOwnNegatives = false, WeightNorm WeightNorm = WeightNorm.SumOfWeights);
