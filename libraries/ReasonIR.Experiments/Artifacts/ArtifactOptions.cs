namespace ReasonIR.Experiments.Artifacts;

/// <summary>Where artifacts live and how long leftovers stay.</summary>
public sealed class ArtifactOptions
{
    /// <summary>The store's directory (<c>REASONIR_ARTIFACTS</c>), shared by all services; created when it is absent.</summary>
    public string Root { get; set; } = "";

    /// <summary>Unfinished files older than this are nobody's anymore.</summary>
    public TimeSpan KeepUnfinished { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a failed or canceled run keeps its work folder and its upload, so that it can be resumed.</summary>
    public TimeSpan KeepWorkFolders { get; set; } = TimeSpan.FromDays(7);
}
