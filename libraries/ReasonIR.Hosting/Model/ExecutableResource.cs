using ReasonIR.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A program on this machine.</summary>
public class ExecutableResource(string name, string command, string workingDirectory) : Resource(name),
    IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport, IResourceWithProbes
{
    public string Command { get; } = command;

    public string WorkingDirectory { get; } = workingDirectory;

    internal override IEnumerable<ResourceRunner> CreateRunners(SystemContext context) => ProcessRunner.ForEachReplica(this, context, Launch);

    ProcessLaunch Launch() => new(Command, WorkingDirectory, new Dictionary<string, string?>());
}
