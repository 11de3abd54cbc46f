namespace ReasonIR.Check.Golden;

/// <summary>One comparison of the libraries with reference outputs; registered by a line in <see cref="GoldenKinds"/>.</summary>
public interface IGoldenKind
{
    /// <summary>The manifest's <c>kind</c> that this class answers for.</summary>
    string Kind { get; }

    /// <summary>
    /// Compares and yields a group for each file (or part) as it is done. May throw: the exception becomes a failed
    /// group with the exception's message, so a kind checks its input once and need not wrap it.
    /// </summary>
    IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation);
}
