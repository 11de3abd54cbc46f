using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using ReasonIR.Hosting.Processes;

namespace Aspire.Hosting;

public static class QdrantBuilderExtensions
{
    /// <summary>Adds a Qdrant server where there is one; see <see cref="QdrantServerResource"/>.</summary>
    public static IResourceBuilder<QdrantServerResource> AddQdrant(
        this IDistributedApplicationBuilder builder, string name, int? grpcPort = null, int? httpPort = null) => builder.AddResource(
        new QdrantServerResource(
            name, builder.Configuration.GetConnectionString($"{name}_http"), builder.Configuration.GetConnectionString(name), Tools.Find("qdrant"), grpcPort, httpPort));

    /// <summary>A container would lose its data without a volume; a local server always keeps it.</summary>
    public static IResourceBuilder<QdrantServerResource> WithDataVolume(
        this IResourceBuilder<QdrantServerResource> builder, string? name = null, bool isReadOnly = false) => builder;
}
