namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Recorded HTTP exchanges: tests replay them against a client, so there is nothing to compare in process.</summary>
public sealed class RestReplayKind : IGoldenKind
{
    public string Kind => "rest-replay";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation) =>
        [GoldenGroup.Skipped(manifest, "replayed by tests")];
}
