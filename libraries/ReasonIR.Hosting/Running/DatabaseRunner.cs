using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace ReasonIR.Hosting.Running;

/// <summary>Makes a database where it is missing, or reaches the one that was given.</summary>
sealed class DatabaseRunner(PostgresDatabaseResource resource, SystemContext context) : ResourceRunner(resource, resource.Name, context)
{
    static readonly TimeSpan ReachableWithin = TimeSpan.FromSeconds(20);

    protected override async Task KeepRunningAsync(CancellationToken stopping)
    {
        Status.Update(s => s with { State = ResourceState.Starting });
        if (resource.ExternalConnectionString is { } given)
            await ReachAsync(given, stopping);
        else
            await CreateAsync(resource.Parent.ConnectionString!, stopping);
        var parts = new NpgsqlConnectionStringBuilder(resource.ConnectionString);
        Status.Update(s => s with
        {
            State = ResourceState.Running,
            Url = $"postgresql://{parts.Host}:{parts.Port}/{parts.Database}",
            StartedAt = DateTimeOffset.UtcNow,
            Detail = resource.ExternalConnectionString is null ? null : $"given by ConnectionStrings__{resource.Name}",
        });
    }

    public override Task StopAsync(TimeSpan grace)
    {
        Status.Update(s => s with { State = ResourceState.Stopped });
        return Task.CompletedTask;
    }

    async Task CreateAsync(string server, CancellationToken stopping)
    {
        await using var connection = new NpgsqlConnection(server + ";Pooling=false");
        await connection.OpenAsync(stopping);
        try
        {
            await using var create = new NpgsqlCommand($"create database \"{resource.DatabaseName.Replace("\"", "\"\"")}\"", connection);
            await create.ExecuteNonQueryAsync(stopping);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
        }
    }

    /// <exception cref="HostRefusedException">It cannot be reached; the message holds no password.</exception>
    async Task ReachAsync(string given, CancellationToken stopping)
    {
        var until = DateTime.UtcNow + ReachableWithin;
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(given + ";Pooling=false");
                await connection.OpenAsync(stopping);
                return;
            }
            catch (Exception error) when (error is NpgsqlException or ArgumentException)
            {
                if (error is PostgresException or ArgumentException || DateTime.UtcNow > until)
                    throw new HostRefusedException($"the database of ConnectionStrings__{resource.Name} cannot be reached: {error.Message}");
            }
            await Task.Delay(250, stopping);
        }
    }
}
