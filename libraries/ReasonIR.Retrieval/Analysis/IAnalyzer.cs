namespace ReasonIR.Retrieval.Analysis;

/// <summary>Turns a text into index terms. Analyzers hold no state: one instance serves any number of threads.</summary>
public interface IAnalyzer
{
    /// <summary>The name under which <see cref="Analyzers"/> finds it again, stored in every index.</summary>
    string Name { get; }

    /// <summary>Hands each term to the sink, in the order of the text. The hot path allocates nothing.</summary>
    void Analyze<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : ITokenSink, allows ref struct;
}

/// <summary>Takes the terms of a text. A struct, so that the call is direct.</summary>
public interface ITokenSink
{
    /// <param name="term">The term; valid during the call only.</param>
    /// <param name="start">Where the token it came from begins in the text, in UTF-16 units.</param>
    /// <param name="length">That token's length in the text, in UTF-16 units.</param>
    void Add(scoped ReadOnlySpan<char> term, int start, int length);
}
