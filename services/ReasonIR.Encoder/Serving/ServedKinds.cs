namespace ReasonIR.Encoder.Serving;

/// <summary>Kinds of model that are not the architecture's own name.</summary>
static class ServedKinds
{
    /// <summary>Scores pairs of texts, whatever its architecture.</summary>
    public const string CrossEncoder = "cross-encoder";
}
