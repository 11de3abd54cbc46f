using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using ReasonIR.Hosting.Projects;
using ReasonIR.Hosting.Running;

namespace Aspire.Hosting;

sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    readonly List<Resource> resources = [];

    public DistributedApplicationBuilder(string[] args)
    {
        Configuration = new ConfigurationManager();
        Configuration.AddEnvironmentVariables().AddCommandLine(args);
        DataDirectory = DataDirectories.From(Configuration);
        // AppHost.cs reads it from here, and from the same variable on the real Aspire.
        Configuration["REASONIR_DATA"] = DataDirectory;
    }

    public ConfigurationManager Configuration { get; }

    public string DataDirectory { get; }

    public string AppHostDirectory { get; } = ProjectOutput.HostProject(Assembly.GetEntryAssembly()?.GetName().Name ?? "") ?? Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    public IReadOnlyList<IResource> Resources => resources;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (resources.Any(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new InvalidOperationException($"Two resources are called {resource.Name}.");
        resources.Add(resource as Resource ?? throw new ArgumentException($"{resource.Name}: this host runs resources derived from {nameof(Resource)} only."));
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build() => new(new SystemContext(DataDirectory, Configuration, [.. resources]));
}
