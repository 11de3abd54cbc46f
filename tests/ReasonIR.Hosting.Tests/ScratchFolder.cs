namespace ReasonIR.Hosting.Tests;

/// <summary>A folder below /tmp that other users may pass through (as root the database server is another user).</summary>
public sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateDirectory(
        $"/tmp/reasonir-scratch-{Guid.NewGuid():N}",
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute).FullName;

    public string Below(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
