using System.Diagnostics;
using ReasonIR.Hosting.Processes;
using ReasonIR.Testing;

[assembly: AssemblyFixture(typeof(ReasonIR.Deploy.Tests.Published))]
[assembly: AssemblyFixture(typeof(PostgresFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace ReasonIR.Deploy.Tests;

/// <summary>Everything that runs, published once to a folder outside the repository.</summary>
public sealed class Published : IAsyncLifetime
{
    const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public string Root { get; } = Directory.CreateDirectory($"/tmp/reasonir-deploy-{Environment.ProcessId}", Everyone).FullName;

    /// <summary>An ordinary user: ourselves, or, as root, nobody.</summary>
    public SystemUser? User { get; } = Signals.IsRoot ? SystemUser.Find("nobody") : null;

    public string Program(string name) => Path.Combine(Root, "programs", name, name);

    /// <summary>A new folder that the ordinary user owns.</summary>
    public string Folder(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, name)).FullName;
        if (User is { } user)
            Signals.ChangeOwner(folder, user.UserId, user.GroupId);
        return folder;
    }

    /// <summary>Starts a published program as the ordinary user with these variables and no others but PATH and HOME.</summary>
    public Task<ChildProcess> StartAsync(string program, IReadOnlyDictionary<string, string> variables, LogTail output, params string[] arguments) =>
        ChildProcess.StartAsync(new ChildProcessOptions("/usr/bin/env")
        {
            Arguments =
            [
                "-i", $"PATH={Environment.GetEnvironmentVariable("PATH")}", $"HOME={Folder("home")}", $"DOTNET_ROOT={DotnetRoot}",
                .. variables.Select(v => $"{v.Key}={v.Value}"), Program(program), .. arguments,
            ],
            WorkingDirectory = Path.GetDirectoryName(Program(program)),
            User = User,
            OnLine = (line, _) => output.Add($"{program}: {line}"),
        });

    public async ValueTask InitializeAsync()
    {
        // The configuration of this very build: artifacts/bin/ReasonIR.Deploy.Tests/CONFIGURATION.
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                "msbuild", "deploy/publish.proj", "-m", "-nodeReuse:false", "-v:quiet", "-nologo", "-p:NoBuild=true",
                $"-p:Configuration={(configuration == "release" ? "Release" : "Debug")}", $"-p:Destination={Path.Combine(Root, "programs")}",
            ])
        {
            WorkingDirectory = SharedData.Repository,
            RedirectStandardOutput = true,
        })!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, output);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    static string DotnetRoot => Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
