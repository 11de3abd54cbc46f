namespace ReasonIR.Encoder.Requests;

/// <summary>A field of a request is not what it should be.</summary>
/// <param name="field">The field.</param>
/// <param name="expected">What was expected.</param>
/// <param name="kind">Which kind of error it is.</param>
public sealed class RequestException(string field, string expected, RequestErrorKind kind = RequestErrorKind.Invalid) : Exception($"{field}: {expected}")
{
    /// <summary>The field.</summary>
    public string Field { get; } = field;

    /// <summary>Which kind of error it is.</summary>
    public RequestErrorKind Kind { get; } = kind;
}
