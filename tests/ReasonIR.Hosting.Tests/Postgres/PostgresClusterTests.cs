using Npgsql;
using ReasonIR.Hosting.Postgres;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Tests.Postgres;

public sealed class PostgresClusterTests : IDisposable
{
    readonly ScratchFolder scratch = new();

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    PostgresOptions Options => new() { DataDirectory = scratch.Below("data", "postgres"), Durable = false };

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task Keeps_data_and_password_over_a_restart()
    {
        string password;
        await using (var first = await PostgresCluster.StartAsync(Options, Cancellation))
        {
            password = first.Password;
            Assert.True(await first.CreateDatabaseAsync("kept", Cancellation));
            Assert.False(await first.CreateDatabaseAsync("kept", Cancellation));
        }
        await using var second = await PostgresCluster.StartAsync(Options, Cancellation);
        Assert.Equal(password, second.Password);
        Assert.Equal("kept", await ScalarAsync(second.DatabaseConnectionString("kept"), "select current_database()"));
        Assert.Equal("127.0.0.1", await ScalarAsync(second.ConnectionString, "show listen_addresses"));
        Assert.Equal("UTF8", await ScalarAsync(second.ConnectionString, "show server_encoding"));
    }

    [Fact]
    public async Task Password_is_private_and_needed()
    {
        await using var cluster = await PostgresCluster.StartAsync(Options, Cancellation);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Options.DataDirectory, "password")));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Options.DataDirectory) & (UnixFileMode.OtherRead | UnixFileMode.OtherExecute | UnixFileMode.GroupRead));
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => ScalarAsync($"Host=127.0.0.1;Port={cluster.Port};Username=postgres;Password=guess", "select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
        Assert.StartsWith("SCRAM-SHA-256", await ScalarAsync(cluster.ConnectionString, "select rolpassword from pg_authid where rolname = 'postgres'"));
    }

    [Fact]
    public async Task A_second_host_of_the_same_folder_is_refused()
    {
        await using var cluster = await PostgresCluster.StartAsync(Options, Cancellation);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresCluster.StartAsync(Options, Cancellation));
        Assert.Contains("another host is using", error.Message);
        Assert.Equal("1", await ScalarAsync(cluster.ConnectionString, "select '1'"));
    }

    [Fact]
    public async Task Starts_again_after_kill_9_of_the_server()
    {
        await using (var first = await PostgresCluster.StartAsync(Options, Cancellation))
        {
            await first.CreateDatabaseAsync("kept", Cancellation);
            Assert.True(Signals.Send(first.ProcessId, Signals.Kill));
            await first.Exited;
            Assert.True(File.Exists(Path.Combine(Options.DataDirectory, "cluster", "postmaster.pid")));
        }
        await using var second = await PostgresCluster.StartAsync(Options, Cancellation);
        Assert.Equal("kept", await ScalarAsync(second.DatabaseConnectionString("kept"), "select current_database()"));
    }

    [Fact]
    public async Task A_stale_pid_file_naming_a_stranger_does_not_stop_the_start()
    {
        var directory = new PostgresDirectory(Options.DataDirectory);
        await (await PostgresCluster.StartAsync(Options, Cancellation)).DisposeAsync();
        // After a reboot the number may belong to another process of the very same user: the server itself would refuse to start.
        await using var stranger = await ChildProcess.StartAsync(new ChildProcessOptions("sleep") { Arguments = ["60"], User = directory.Owner });
        await File.WriteAllTextAsync(directory.PidFile, $"{stranger.Id}\n{directory.Cluster}\n1700000000\n5432\n\n127.0.0.1\n", Cancellation);
        await using var cluster = await PostgresCluster.StartAsync(Options, Cancellation);
        Assert.Equal("1", await ScalarAsync(cluster.ConnectionString, "select '1'"));
        Assert.False(stranger.Exited.IsCompleted, "a stranger was killed");
    }

    [Fact]
    public async Task Another_major_version_is_refused_by_name()
    {
        await (await PostgresCluster.StartAsync(Options, Cancellation)).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Options.DataDirectory, "cluster", "PG_VERSION"), "9\n", Cancellation);
        var error = await Assert.ThrowsAsync<FileNotFoundException>(() => PostgresCluster.StartAsync(Options, Cancellation));
        Assert.Contains("made by PostgreSQL 9", error.Message);
        Assert.Contains("postgresql-9", error.Message);
    }

    [Fact]
    public async Task A_half_made_cluster_is_made_again()
    {
        Directory.CreateDirectory(Path.Combine(Options.DataDirectory, "cluster.new", "base"));
        if (new PostgresDirectory(Options.DataDirectory).Owner is { } owner)
            Signals.ChangeOwner(Options.DataDirectory, owner.UserId, owner.GroupId);
        await using var cluster = await PostgresCluster.StartAsync(Options, Cancellation);
        Assert.Equal("1", await ScalarAsync(cluster.ConnectionString, "select '1'"));
    }

    [Fact]
    public async Task As_root_a_folder_nobody_else_can_reach_is_named()
    {
        Assert.SkipUnless(Signals.IsRoot, "only root starts the server as another user");
        var closed = scratch.Below("closed");
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => PostgresCluster.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(closed, "postgres") }, Cancellation));
        Assert.Contains($"may not pass {closed}", error.Message);
    }

    static async Task<string?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync(Cancellation);
    }
}
