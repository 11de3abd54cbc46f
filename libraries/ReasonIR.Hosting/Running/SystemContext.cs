using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace ReasonIR.Hosting.Running;

/// <summary>What the parts of one running system share.</summary>
sealed class SystemContext(string dataDirectory, IConfiguration configuration, IReadOnlyList<Resource> resources)
{
    readonly TaskCompletionSource<string> broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string DataDirectory => dataDirectory;

    public IConfiguration Configuration => configuration;

    public IReadOnlyList<Resource> Resources => resources;

    public ConsoleLog Console { get; } = new(resources.Select(r => r.Name));

    /// <summary>By resource: one runner a replica.</summary>
    public Dictionary<Resource, IReadOnlyList<ResourceRunner>> Runners { get; } = [];

    /// <summary>The resource page, once it listens.</summary>
    public string? ResourcesUrl { get; set; }

    /// <summary>Completes with the reason when the system cannot go on.</summary>
    public Task<string> Broken => broken.Task;

    /// <summary>Others wait for its completion: it runs once.</summary>
    public bool IsJob(Resource resource) => resources.Any(r => r.Waits.Any(w => w.On == resource && w.ExitCode is not null));

    public void Break(string reason) => broken.TrySetResult(reason);
}

/// <summary>The system cannot start; the message is for the user.</summary>
public sealed class HostRefusedException(string message) : Exception(message);
