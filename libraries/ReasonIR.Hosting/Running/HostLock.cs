using System.Text.Json;

namespace ReasonIR.Hosting.Running;

/// <summary>One system a data directory: the lock is the kernel's, so a killed host leaves none behind.</summary>
sealed class HostLock : IDisposable
{
    readonly FileStream file;

    HostLock(FileStream file) => this.file = file;

    /// <exception cref="HostRefusedException">A system runs there already; the message says where it is.</exception>
    public static HostLock Take(string dataDirectory)
    {
        DataDirectories.Create(dataDirectory);
        var path = Path.Combine(dataDirectory, "host.lock");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(JsonSerializer.SerializeToUtf8Bytes(new { pid = Environment.ProcessId }));
            file.Flush();
            return new HostLock(file);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new HostRefusedException($"{dataDirectory}: this user may not write there ({error.Message}); choose another folder with --data or REASONIR_DATA.");
        }
        catch (IOException) when (File.Exists(path))
        {
            var portal = PortalFile.TryRead(dataDirectory);
            throw new HostRefusedException(
                $"ReasonIR is already running on {dataDirectory}{(portal is null ? " (it is just starting)" : $": {portal.Url}, process {portal.Pid}")}. Stop it first, or start another with --data and --port.");
        }
    }

    public void Dispose() => file.Dispose();
}
