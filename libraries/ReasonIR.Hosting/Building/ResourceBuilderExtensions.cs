using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static class ResourceBuilderExtensions
{
    /// <summary>Starts this one when the other runs and is healthy, or is not available at all.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport =>
        Declare(builder, resource => resource.Waits.Add(new WaitRule(dependency.Of(), null)));

    /// <summary>Starts this one when the other has done its work. That other is run once, not kept running.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport => Declare(builder, resource => resource.Waits.Add(new WaitRule(dependency.Of(), exitCode)));

    /// <summary>Injects where the service is: <c>services__NAME__http__0</c>, one index a replica, and <c>NAME_HTTP</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment => Declare(builder, resource =>
        {
            var service = source.Of();
            resource.References.Add(service);
            resource.Environment.Add(variables =>
            {
                foreach (var endpoint in service.Endpoints)
                {
                    for (var replica = 0; replica < endpoint.Ports.Count; replica++)
                        variables[$"services__{service.Name}__{endpoint.Name}__{replica}"] = endpoint.Url(replica);
                    variables[$"{EnvironmentNames.Encode(service.Name)}_{EnvironmentNames.Encode(endpoint.Name)}"] = endpoint.Url(0);
                }
            });
        });

    /// <summary>Injects <c>ConnectionStrings__NAME</c> and its parts; nothing where the source is not available.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment => Declare(builder, resource =>
        {
            resource.References.Add(source.Of());
            resource.Environment.Add(variables =>
            {
                foreach (var (name, value) in source.Resource.ConnectionEnvironment(connectionName ?? source.Resource.Name))
                    variables[name] = value;
            });
        });

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment =>
        Declare(builder, resource => resource.Environment.Add(variables => variables[name] = value ?? ""));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, Func<string> callback) where T : IResourceWithEnvironment =>
        Declare(builder, resource => resource.Environment.Add(variables => variables[name] = callback()));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.WithEnvironment(name, () => endpointReference.Url);

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : IResourceWithArgs =>
        Declare(builder, resource => resource.Arguments.AddRange(args));

    /// <summary>Gives it a port on loopback: a free one unless one is named; <paramref name="env"/> is the variable that tells it.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool isProxied = true)
        where T : IResourceWithEndpoints => Declare(builder, resource => resource.Endpoints.Add(new Endpoint(name ?? "http", port ?? targetPort, env)));

    /// <summary>Its endpoints are for people; the first such resource is the system's front, written to <c>portal.json</c>.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints =>
        Declare(builder, resource => resource.Endpoints.ForEach(endpoint => endpoint.IsExternal = true));

    /// <summary>It is ready when a GET answers with this status.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null) where T : IResourceWithEndpoints =>
        Declare(builder, resource => resource.HealthCheck = new HttpHealthCheck(path ?? "/", statusCode ?? 200, endpointName));

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints => new(
        builder.Resource,
        builder.Of().Endpoints.Find(endpoint => endpoint.Name == name) ?? throw new InvalidOperationException($"Resource {builder.Resource.Name} has no endpoint {name}."));

    static IResourceBuilder<T> Declare<T>(IResourceBuilder<T> builder, Action<Resource> declare) where T : IResource
    {
        declare(builder.Of());
        return builder;
    }

    static Resource Of<T>(this IResourceBuilder<T> builder) where T : IResource => (Resource)(object)builder.Resource;
}
