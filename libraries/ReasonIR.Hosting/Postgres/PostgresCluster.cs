using Npgsql;
using ReasonIR.Hosting.Networking;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Postgres;

/// <summary>
/// A private PostgreSQL server on a loopback port, from local binaries. It ends with this object, and with this process
/// even when that is killed. The data stays for the next start.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    const int Starts = 3; // a free port may be taken between our look and the server's bind

    readonly ChildProcess server;
    readonly FileStream hold;

    PostgresCluster(ChildProcess server, FileStream hold, PostgresBinaries binaries, int port, string password)
    {
        (this.server, this.hold, Binaries, Port, Password) = (server, hold, binaries, port, password);
    }

    public PostgresBinaries Binaries { get; }

    public string Host => "127.0.0.1";

    public int Port { get; }

    public string Username => "postgres";

    public string Password { get; }

    public int ProcessId => server.Id;

    /// <summary>Completes with the exit code when the server ends, for whatever reason.</summary>
    public Task<int> Exited => server.Exited;

    /// <summary>Of the server, without a database.</summary>
    public string ConnectionString => $"Host={Host};Port={Port};Username={Username};Password={Password}";

    public string DatabaseConnectionString(string database) => $"{ConnectionString};Database={database}";

    /// <summary>Makes the cluster where it is missing, ends an orphaned server of it, starts ours and waits until it answers.</summary>
    /// <exception cref="FileNotFoundException">No binaries, or none of the cluster's major version.</exception>
    /// <exception cref="InvalidOperationException">Another host uses the cluster, or the server did not start (with its log).</exception>
    public static async Task<PostgresCluster> StartAsync(PostgresOptions options, CancellationToken cancellationToken)
    {
        var directory = new PostgresDirectory(options.DataDirectory);
        var hold = directory.Lock();
        try
        {
            var binaries = PostgresBinaries.Find(directory.Major());
            var password = directory.Password();
            if (directory.Major() is null)
                await PostgresStart.InitializeAsync(directory, binaries, cancellationToken);
            await PostgresOrphan.EndAsync(directory, cancellationToken);
            for (var attempt = 1; ; attempt++)
            {
                var port = options.Port ?? FreePort.Next();
                try
                {
                    var server = await PostgresStart.ServeAsync(directory, binaries, port, password, options, cancellationToken);
                    return new PostgresCluster(server, hold, binaries, port, password);
                }
                catch (InvalidOperationException) when (attempt < Starts && options.Port is null)
                {
                    await PostgresOrphan.EndAsync(directory, cancellationToken);
                }
            }
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Makes a database; false where it is there already.</summary>
    public async Task<bool> CreateDatabaseAsync(string name, CancellationToken cancellationToken)
    {
        // Npgsql's own 15 seconds for a connection were not always enough on a machine with much else to do.
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false;Timeout=300;Command Timeout=300");
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"create database \"{name.Replace("\"", "\"\"")}\"", connection);
        try
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            return false;
        }
    }

    /// <summary>Fast shutdown: clients are disconnected, everything is written; killed (and recovered at the next start) after the grace.</summary>
    public Task StopAsync(TimeSpan grace) => server.StopAsync(Signals.Interrupt, grace);

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(4));
        await server.DisposeAsync();
        await hold.DisposeAsync();
    }
}
