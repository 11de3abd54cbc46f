using Npgsql;
using ReasonIR.Hosting.Postgres;
using Xunit;

namespace ReasonIR.Testing;

/// <summary>
/// A real PostgreSQL server for one test assembly, started when the first test asks for a database and deleted at the end.
/// Use: <c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c> and a constructor parameter in the test class.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    const string Prefix = "reasonir-test-";

    readonly SemaphoreSlim gate = new(1);
    readonly string folder = Path.Combine("/tmp", $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
    PostgresCluster? cluster;
    int databases;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The server itself, for tests that end or restart connections.</summary>
    public async Task<PostgresCluster> ClusterAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (cluster is null)
            {
                SweepLeftovers();
                cluster = await PostgresCluster.StartAsync(
                    new PostgresOptions { DataDirectory = Path.Combine(folder, "postgres"), Durable = false }, cancellationToken);
            }
            return cluster;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The connection string of a new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var server = await ClusterAsync(cancellationToken);
        var name = $"test_{Interlocked.Increment(ref databases)}";
        await server.CreateDatabaseAsync(name, cancellationToken);
        // Seconds that tell a server that hangs from a machine with much else to do.
        return server.DatabaseConnectionString(name) + ";Include Error Detail=true;Timeout=300;Command Timeout=300";
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is null)
            return;
        NpgsqlConnection.ClearAllPools();
        await cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Folders of test processes that were killed.</summary>
    static void SweepLeftovers()
    {
        foreach (var leftover in Directory.GetDirectories("/tmp", Prefix + "*"))
        {
            var process = Path.GetFileName(leftover)[Prefix.Length..].Split('-')[0];
            if (Directory.Exists($"/proc/{process}"))
                continue;
            try
            {
                Directory.Delete(leftover, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another test process sweeps too, or it is another user's.
            }
        }
    }
}
