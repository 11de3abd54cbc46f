using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ReasonIR.Training.Distributed;

/// <summary>
/// Further processes of a run on this machine: starts them with what they need in their environment, keeps what they say on standard
/// error, and ends them when disposed. A process whose group is lost ends by itself.
/// </summary>
public sealed class WorkerProcesses : IDisposable
{
    const int KeptLines = 200;

    readonly List<(int Rank, Process Process, Queue<string> Errors)> workers = [];

    WorkerProcesses()
    {
    }

    /// <summary>Options of rank 0 for a group on this machine: a free port of the loopback address and a fresh token.</summary>
    public static SocketGroupOptions OnThisMachine(int worldSize, TimeSpan? timeout = null)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return new($"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}", worldSize, 0, Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), timeout);
    }

    /// <summary>Starts one process for each of the ranks, usually 1 and up: rank 0 is this process itself.</summary>
    /// <param name="command">What to start for a rank; its environment and standard error are set here.</param>
    public static WorkerProcesses Start(SocketGroupOptions options, IEnumerable<int> ranks, Func<int, ProcessStartInfo> command)
    {
        var started = new WorkerProcesses();
        try
        {
            foreach (var rank in ranks)
            {
                var start = command(rank);
                foreach (var (name, value) in (options with { Rank = rank }).ToEnvironment())
                    start.Environment[name] = value;
                (start.UseShellExecute, start.RedirectStandardError) = (false, true);
                var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
                var errors = new Queue<string>();
                started.workers.Add((rank, process, errors));
                process.ErrorDataReceived += (_, line) =>
                {
                    lock (errors)
                    {
                        if (line.Data is { } text)
                            errors.Enqueue(text);
                        if (errors.Count > KeptLines)
                            errors.Dequeue();
                    }
                };
                process.BeginErrorReadLine();
            }
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <summary>The processes by rank.</summary>
    public IEnumerable<(int Rank, Process Process)> Processes => workers.Select(w => (w.Rank, w.Process));

    /// <summary>The last lines of a rank's standard error.</summary>
    public string ErrorsOf(int rank)
    {
        var errors = workers.Find(w => w.Rank == rank).Errors;
        lock (errors)
            return string.Join('\n', errors);
    }

    /// <summary>What to say beside a <see cref="WorkerLostException"/>: the processes that failed and their last words; empty where none did.</summary>
    public string Failures() => string.Join('\n', workers.Where(w => w.Process is { HasExited: true, ExitCode: not 0 })
        .Select(w => $"Rank {w.Rank} ended with code {w.Process.ExitCode}: {ErrorsOf(w.Rank)}"));

    public void Dispose()
    {
        foreach (var (_, process, _) in workers)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        workers.Clear();
    }
}
