using ReasonIR.Hosting.Networking;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A port a resource listens on, one a replica.</summary>
sealed class Endpoint(string name, int? port, string? environmentVariable)
{
    public string Name => name;

    /// <summary>The variable that tells the process its port.</summary>
    public string? EnvironmentVariable => environmentVariable;

    /// <summary>Meant for people, not only for other services.</summary>
    public bool IsExternal { get; set; }

    public IReadOnlyList<int> Ports { get; private set; } = [];

    public string Url(int replica) => $"http://127.0.0.1:{Ports[replica]}";

    /// <exception cref="InvalidOperationException">The fixed port is in use.</exception>
    public void Allocate(int replicas, string resource)
    {
        if (port is { } fixedPort)
        {
            if (replicas > 1)
                throw new InvalidOperationException($"Resource {resource} has {replicas} replicas, which cannot all listen on port {fixedPort}.");
            if (!FreePort.IsFree(fixedPort))
                throw new InvalidOperationException($"Port {fixedPort}, where {resource} should listen, is in use by another program; choose another with --port.");
            Ports = [fixedPort];
        }
        else
            Ports = [.. Enumerable.Range(0, replicas).Select(_ => FreePort.Next())];
    }
}

/// <summary>Another resource's endpoint, for an environment variable.</summary>
public sealed class EndpointReference
{
    readonly Endpoint endpoint;

    internal EndpointReference(IResourceWithEndpoints owner, Endpoint endpoint)
    {
        (Resource, this.endpoint) = (owner, endpoint);
    }

    public IResourceWithEndpoints Resource { get; }

    public string EndpointName => endpoint.Name;

    /// <summary>Known once the application runs.</summary>
    public int Port => endpoint.Ports[0];

    /// <summary>Known once the application runs.</summary>
    public string Url => endpoint.Url(0);
}
