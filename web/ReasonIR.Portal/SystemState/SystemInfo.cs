using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Portal.SystemState;

/// <summary>The system as it stands.</summary>
/// <param name="Version">Version of the portal's code.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Machine">Operating system, architecture and cores.</param>
/// <param name="Database">The experiment database.</param>
/// <param name="Artifacts">The artifact store.</param>
/// <param name="Synthesis">What can generate training data; null while the service does not answer.</param>
/// <param name="Resources">The host's processes; null where no host tells of them.</param>
/// <param name="ResourcesNote">Why there are no resources.</param>
public sealed record SystemInfo(
    string Version,
    string Runtime,
    string Machine,
    DatabaseInfo Database,
    ArtifactsInfo Artifacts,
    SynthesisCapabilities? Synthesis,
    IReadOnlyList<ResourceInfo>? Resources,
    string? ResourcesNote);

/// <summary>The experiment database.</summary>
/// <param name="Server">Version of Postgres.</param>
/// <param name="Schema">Version of the schema.</param>
/// <param name="Bytes">Its size on disk.</param>
public sealed record DatabaseInfo(string Server, int Schema, long Bytes);

/// <summary>The artifact store.</summary>
/// <param name="Files">Files in its ledger.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="FreeBytes">Space left where they lie; null where it cannot be told.</param>
public sealed record ArtifactsInfo(long Files, long Bytes, long? FreeBytes);

/// <summary>A process or database that the host looks after, as the host tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it is.</param>
/// <param name="State">Running, Waiting, Restarting, NotAvailable ...</param>
/// <param name="Healthy">Null: it has no health check.</param>
/// <param name="Url">Where it listens.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="ExitCode">How it ended last.</param>
/// <param name="Detail">What the host has to say.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="Log">The last lines it wrote.</param>
public sealed record ResourceInfo(
    string Name, string Type, string State, bool? Healthy, string? Url, int? Pid, int Restarts, int? ExitCode, string? Detail, DateTimeOffset? StartedAt, IReadOnlyList<string> Log);
