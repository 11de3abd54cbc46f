using System.Text;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Postgres;

/// <summary>
/// What a killed host may leave: a server on its way down, or <c>postmaster.pid</c> naming a process that is gone or is by now
/// something else (after a restart of the machine the number may belong to anybody, and the server would refuse to start).
/// Called only while the directory's lock is held, so no other host uses the cluster.
/// </summary>
static class PostgresOrphan
{
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static async Task EndAsync(PostgresDirectory directory, CancellationToken cancellationToken)
    {
        if (!File.Exists(directory.PidFile))
            return;
        // Line 1: the server's process; line 4: its port.
        var first = File.ReadLines(directory.PidFile).FirstOrDefault();
        if (int.TryParse(first, out var id) && id > 1)
        {
            foreach (var signal in new[] { Signals.Interrupt, Signals.Quit, Signals.Kill })
            {
                if (!Serves(id, directory.Cluster))
                    break;
                Signals.Send(id, signal);
                var until = DateTime.UtcNow + Grace;
                while (Serves(id, directory.Cluster) && DateTime.UtcNow < until)
                    await Task.Delay(50, cancellationToken);
            }
        }
        File.Delete(directory.PidFile);
        await WorkersAsync(directory, cancellationToken);
    }

    /// <summary>After <c>kill -9</c> of the server its worker processes hold the shared memory until they notice.</summary>
    static async Task WorkersAsync(PostgresDirectory directory, CancellationToken cancellationToken)
    {
        var until = DateTime.UtcNow + Grace;
        while (DateTime.UtcNow < until && Directory.EnumerateDirectories("/proc").Any(p => int.TryParse(Path.GetFileName(p), out var id) && Works(id, directory.Cluster)))
            await Task.Delay(50, cancellationToken);
    }

    static bool Serves(int id, string cluster)
    {
        try
        {
            var arguments = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{id}/cmdline")).Split('\0');
            return Path.GetFileName(arguments[0]) is "postgres" or "postmaster" && arguments.Contains(cluster);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // gone
        }
    }

    static bool Works(int id, string cluster)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{id}/cwd", returnFinalTarget: false)?.FullName == cluster;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
