using ReasonIR.Hosting.Projects;
using ReasonIR.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project, run as the executable that its build or its publishing left.</summary>
public class ProjectResource(string name, string projectPath) : Resource(name),
    IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IResourceWithProbes
{
    internal string ProjectPath { get; } = projectPath;

    internal override IEnumerable<ResourceRunner> CreateRunners(SystemContext context) => ProcessRunner.ForEachReplica(this, context, Launch);

    ProcessLaunch Launch()
    {
        var executable = ProjectOutput.Find(ProjectPath);
        return new ProcessLaunch(executable, Path.GetDirectoryName(executable)!, DotnetEnvironment.ForService(Name));
    }
}
