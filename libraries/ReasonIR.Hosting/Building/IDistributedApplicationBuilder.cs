using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Collects the resources of a system.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Environment variables and the command line (<c>--port 5080</c> is <c>Configuration["port"]</c>).</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>Where the host's project is, or its program where it was published.</summary>
    string AppHostDirectory { get; }

    IReadOnlyList<IResource> Resources { get; }

    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    DistributedApplication Build();
}

/// <summary>A project that can be started; the build writes one class in <c>Projects</c> for each that the host's project references.</summary>
public interface IProjectMetadata
{
    string ProjectPath { get; }
}
