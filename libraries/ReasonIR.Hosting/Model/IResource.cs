using ReasonIR.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the system with a name.</summary>
public interface IResource
{
    string Name { get; }
}

/// <summary>May be told to wait for others.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>Is started with environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>Is started with arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>Listens on ports.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>Can be found by others under its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Answers health requests.</summary>
public interface IResourceWithProbes : IResource;

/// <summary>Is reached by a connection string.</summary>
public interface IResourceWithConnectionString : IResource
{
    /// <summary>What a reference to it puts into the environment; empty where the resource is not available.</summary>
    internal IEnumerable<KeyValuePair<string, string>> ConnectionEnvironment(string connectionName);
}

/// <summary>What every kind of resource shares: what was declared about it.</summary>
public abstract class Resource(string name) : IResource
{
    public string Name { get; } = name;

    internal List<WaitRule> Waits { get; } = [];

    /// <summary>Resources named by references: stopped after this one.</summary>
    internal List<IResource> References { get; } = [];

    /// <summary>Adds variables each time the resource is started.</summary>
    internal List<Action<IDictionary<string, string?>>> Environment { get; } = [];

    internal List<string> Arguments { get; } = [];

    internal List<Endpoint> Endpoints { get; } = [];

    internal HttpHealthCheck? HealthCheck { get; set; }

    internal int Replicas { get; set; } = 1;

    /// <summary>Chooses ports and addresses; called once, for all resources, before anything starts.</summary>
    internal virtual void Allocate()
    {
        foreach (var endpoint in Endpoints)
            endpoint.Allocate(Replicas, Name);
    }

    /// <summary>One runner for each process (or other part) of the resource.</summary>
    internal abstract IEnumerable<ResourceRunner> CreateRunners(SystemContext context);
}

/// <summary>Wait until <see cref="On"/> is ready, or, where an exit code is given, until it has ended with it.</summary>
sealed record WaitRule(Resource On, int? ExitCode);

sealed record HttpHealthCheck(string Path, int StatusCode, string? EndpointName);
