namespace ReasonIR.Testing.Services;

/// <summary>Guards against waiting forever, not measurements: a machine may be slow, or busy with others for minutes.</summary>
public static class Patience
{
    /// <summary>For the answer to one request; an HTTP client's own 100 seconds were not always enough.</summary>
    public static readonly TimeSpan Answer = TimeSpan.FromMinutes(10);

    /// <summary>For something that a process brings about.</summary>
    public static readonly TimeSpan Process = TimeSpan.FromMinutes(10);
}
