using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Schema;

namespace ReasonIR.Portal.SystemState;

/// <summary>Gathers the state of the system; a part that does not answer is left out, the rest is told.</summary>
public sealed class SystemService(
    IDbContextFactory<ExperimentsDb> databases, NpgsqlDataSource database, IOptions<ArtifactOptions> artifacts, SynthesisClient synthesis, IHttpClientFactory clients, IConfiguration configuration)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Everything at once.</summary>
    public async Task<SystemInfo> ReadAsync(CancellationToken ct)
    {
        var (resources, note) = await ResourcesAsync(ct);
        return new(
            typeof(SystemService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            RuntimeInformation.FrameworkDescription,
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores",
            await DatabaseAsync(ct),
            await ArtifactsAsync(ct),
            await CapabilitiesAsync(ct),
            resources,
            note);
    }

    /// <summary>What can generate training data; null while the service does not answer.</summary>
    public async Task<SynthesisCapabilities?> CapabilitiesAsync(CancellationToken ct)
    {
        try
        {
            return await synthesis.CapabilitiesAsync(ct).WaitAsync(Patience, ct);
        }
        catch (Exception e) when (e is HttpRequestException or ServiceException or TimeoutException or InvalidOperationException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    async Task<(IReadOnlyList<ResourceInfo>?, string?)> ResourcesAsync(CancellationToken ct)
    {
        if (configuration["REASONIR_RESOURCES_URL"] is not { Length: > 0 } url)
            return (null, "This portal was not started by ReasonIR.AppHost (REASONIR_RESOURCES_URL is not set), so nobody tells it about the other processes.");
        try
        {
            using var client = clients.CreateClient();
            return (await client.GetFromJsonAsync<IReadOnlyList<ResourceInfo>>($"{url.TrimEnd('/')}/resources", ReasonIrJson.Web, ct).WaitAsync(Patience, ct), null);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or JsonException && !ct.IsCancellationRequested)
        {
            return (null, $"The host at {url} does not answer: {e.Message}");
        }
    }

    async Task<DatabaseInfo> DatabaseAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select current_setting('server_version'), pg_database_size(current_database())");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new($"PostgreSQL {reader.GetString(0)}", SchemaMigrator.Known, reader.GetInt64(1));
    }

    async Task<ArtifactsInfo> ArtifactsAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        long? free = null;
        try
        {
            free = new DriveInfo(Path.GetFullPath(artifacts.Value.Root)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A file system that does not tell.
        }
        return new(await db.Artifacts.LongCountAsync(ct), await db.Artifacts.SumAsync(artifact => artifact.Bytes, ct), free);
    }
}
