using Npgsql;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Postgres;

/// <summary>Runs initdb and postgres.</summary>
static class PostgresStart
{
    static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60); // recovery after a crash takes longer than a start

    /// <summary>Another cluster's variables must not reach ours.</summary>
    static readonly Dictionary<string, string?> CleanEnvironment =
        new[] { "PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS", "PGSERVICE" }
            .ToDictionary(name => name, _ => (string?)null)
            .Append(new("LC_ALL", "C.UTF-8"))
            .ToDictionary();

    public static async Task InitializeAsync(PostgresDirectory directory, PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        if (Directory.Exists(directory.Unfinished))
            Directory.Delete(directory.Unfinished, recursive: true);
        var tail = new LogTail(20);
        await using var initdb = await ChildProcess.StartAsync(new ChildProcessOptions(binaries.Initdb)
        {
            Arguments =
            [
                "--pgdata", directory.Unfinished, "--username", "postgres", "--pwfile", directory.PasswordFile,
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
            ],
            Environment = CleanEnvironment,
            WorkingDirectory = directory.Root,
            User = directory.Owner,
            OnLine = (line, _) => tail.Add(line),
        });
        var code = await initdb.Exited.WaitAsync(cancellationToken);
        await initdb.DrainAsync();
        if (code != 0)
            throw new InvalidOperationException($"{binaries.Initdb} ended with code {code}:\n{tail}");
        Directory.Move(directory.Unfinished, directory.Cluster);
    }

    public static async Task<ChildProcess> ServeAsync(
        PostgresDirectory directory, PostgresBinaries binaries, int port, string password, PostgresOptions options, CancellationToken cancellationToken)
    {
        var tail = new LogTail(20);
        var server = await ChildProcess.StartAsync(new ChildProcessOptions(binaries.Server)
        {
            Arguments = ["-D", directory.Cluster, "-p", $"{port}", .. Settings(options).SelectMany(s => new[] { "-c", $"{s.Key}={s.Value}" })],
            Environment = CleanEnvironment,
            WorkingDirectory = directory.Root,
            User = directory.Owner,
            DeathSignal = "INT", // fast shutdown
            OnLine = (line, _) =>
            {
                tail.Add(line);
                options.OnLog?.Invoke(line);
            },
        });
        try
        {
            await ReadyAsync(directory, server, tail, $"Host=127.0.0.1;Port={port};Username=postgres;Password={password};Pooling=false;Timeout=5", cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    static async Task ReadyAsync(PostgresDirectory directory, ChildProcess server, LogTail tail, string connectionString, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadyWithin);
        while (true)
        {
            try
            {
                if (SaysReady(directory.PidFile, server.Id))
                {
                    await using var connection = new NpgsqlConnection(connectionString);
                    await connection.OpenAsync(limit.Token);
                    return;
                }
                limit.Token.ThrowIfCancellationRequested();
            }
            catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.CannotConnectNow)
            {
                throw new InvalidOperationException($"PostgreSQL refused the host's own login: {error.MessageText}\n{tail}", error);
            }
            catch (NpgsqlException)
            {
                // It went down again; the loop sees it end.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new InvalidOperationException($"PostgreSQL did not answer within {ReadyWithin.TotalSeconds} s:\n{tail}");
            }
            if (server.Exited.IsCompleted)
            {
                await server.DrainAsync();
                throw new InvalidOperationException($"PostgreSQL ended with code {await server.Exited} while starting:\n{tail}");
            }
            await Task.WhenAny(server.Exited, Task.Delay(25, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The server notes its progress on line 8 of its pid file: asking there, unlike connecting, leaves no errors in its log.</summary>
    static bool SaysReady(string pidFile, int server)
    {
        try
        {
            var lines = File.ReadAllLines(pidFile);
            return lines.Length >= 8 && lines[0] == $"{server}" && lines[7].Trim() == "ready";
        }
        catch (IOException)
        {
            return false;
        }
    }

    static Dictionary<string, string> Settings(PostgresOptions options)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["unix_socket_directories"] = "",
            ["max_connections"] = "200",
            ["shared_buffers"] = "64MB",
            ["max_wal_size"] = "2GB",
            ["jit"] = "off",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_checkpoints"] = "off",
            ["client_encoding"] = "UTF8",
            // No replicas: COPY into a table made in the same transaction then writes no log.
            ["wal_level"] = "minimal",
            ["max_wal_senders"] = "0",
        };
        if (!options.Durable)
            foreach (var name in new[] { "fsync", "synchronous_commit", "full_page_writes", "autovacuum" })
                settings[name] = "off";
        foreach (var (name, value) in options.Settings)
            settings[name] = value;
        return settings;
    }
}
