using Npgsql;
using ReasonIR.Hosting.Networking;
using ReasonIR.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A PostgreSQL server: a private one from local binaries, unless its databases are elsewhere.</summary>
public class PostgresServerResource(string name, int? port) : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    internal List<PostgresDatabaseResource> Databases { get; } = [];

    internal int Port { get; private set; }

    /// <summary>Set when the server answers; the password is made at the first start.</summary>
    internal string? ConnectionString { get; set; }

    /// <summary>Every database of it was given from outside: there is nothing to start.</summary>
    internal bool IsExternal => Databases.Count > 0 && Databases.All(d => d.ExternalConnectionString is not null);

    internal override void Allocate() => Port = port ?? FreePort.Next();

    internal override IEnumerable<ResourceRunner> CreateRunners(SystemContext context) => [new PostgresRunner(this, context)];

    IEnumerable<KeyValuePair<string, string>> IResourceWithConnectionString.ConnectionEnvironment(string connectionName) =>
        PostgresEnvironment.For(connectionName, ConnectionString);
}

/// <summary>A database, made where it is missing.</summary>
public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource server, string? externalConnectionString)
    : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    public PostgresServerResource Parent { get; } = server;

    public string DatabaseName { get; } = databaseName;

    /// <summary>From <c>ConnectionStrings__NAME</c>: a server that somebody else runs.</summary>
    internal string? ExternalConnectionString { get; } = externalConnectionString;

    internal string? ConnectionString =>
        ExternalConnectionString ?? (Parent.ConnectionString is { } server ? $"{server};Database={DatabaseName}" : null);

    internal override IEnumerable<ResourceRunner> CreateRunners(SystemContext context) => [new DatabaseRunner(this, context)];

    IEnumerable<KeyValuePair<string, string>> IResourceWithConnectionString.ConnectionEnvironment(string connectionName) =>
        PostgresEnvironment.For(connectionName, ConnectionString);
}

static class PostgresEnvironment
{
    /// <summary><c>ConnectionStrings__NAME</c> and its parts, <c>NAME_HOST</c> and so on.</summary>
    public static IEnumerable<KeyValuePair<string, string>> For(string name, string? connectionString)
    {
        if (connectionString is null)
            yield break;
        yield return new($"ConnectionStrings__{name}", connectionString);
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        var prefix = EnvironmentNames.Encode(name);
        yield return new($"{prefix}_HOST", parts.Host ?? "");
        yield return new($"{prefix}_PORT", $"{parts.Port}");
        yield return new($"{prefix}_USERNAME", parts.Username ?? "");
        yield return new($"{prefix}_PASSWORD", parts.Password ?? "");
        if (parts.Database is { } database)
            yield return new($"{prefix}_DATABASENAME", database);
    }
}
