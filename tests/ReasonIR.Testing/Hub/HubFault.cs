namespace ReasonIR.Testing.Hub;

/// <summary>What goes wrong with one answer of the hub; taken in turn, one a request for the file.</summary>
public abstract record HubFault
{
    /// <summary>429 with <c>Retry-After</c>.</summary>
    public sealed record Busy(int RetryAfterSeconds = 0) : HubFault;

    /// <summary>503.</summary>
    public sealed record Broken : HubFault;

    /// <summary>The connection ends after so many bytes of this answer.</summary>
    public sealed record Dropped(int AfterBytes) : HubFault;

    /// <summary>A byte of this answer is another.</summary>
    public sealed record Corrupt : HubFault;

    /// <summary>The whole file comes with 200 although a range was asked for.</summary>
    public sealed record WithoutRange : HubFault;

    /// <summary>Nothing comes after the headers.</summary>
    public sealed record Silent : HubFault;
}
