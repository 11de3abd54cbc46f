using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

public static class PostgresBuilderExtensions
{
    /// <summary>Adds a PostgreSQL server: a private cluster below the data directory, from local binaries.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name, int? port = null) =>
        builder.AddResource(new PostgresServerResource(name, port));

    /// <summary>Adds a database of it; <c>ConnectionStrings__NAME</c> in the host's environment names one on a server elsewhere instead.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        var database = new PostgresDatabaseResource(
            name, databaseName ?? name, builder.Resource, builder.ApplicationBuilder.Configuration.GetConnectionString(name));
        builder.Resource.Databases.Add(database);
        var added = builder.ApplicationBuilder.AddResource(database);
        added.Resource.References.Add(builder.Resource);
        return database.ExternalConnectionString is null ? added.WaitFor(builder) : added;
    }

    /// <summary>A container would lose its data without a volume; the private cluster always keeps it.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) => builder;
}
