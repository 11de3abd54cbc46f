using System.ComponentModel;
using System.Diagnostics;
using System.Xml.Linq;
using ReasonIR.Testing;

namespace ReasonIR.Architecture.Tests;

/// <summary>A project as its file describes it. Conditions are not evaluated: a reference under any condition counts.</summary>
/// <param name="Folder">Its first folder below the root: libraries, services, ...</param>
/// <param name="References">Projects whose code it uses; those it only builds or starts are left out.</param>
sealed record ProjectFile(string Name, string Path, string Folder, IReadOnlyList<string> References, XDocument Xml);

/// <summary>The repository's tracked files and projects.</summary>
static class Repository
{
    public static string Root => SharedData.Repository;

    public static IReadOnlyList<ProjectFile> Projects { get; } = [.. Files().Where(f => f.EndsWith(".csproj", StringComparison.Ordinal)).Select(Read)];

    public static ProjectFile Project(string name) => Projects.Single(p => p.Name == name);

    /// <summary>Tracked files, relative to the root, and those not yet tracked but not ignored; without git (or where it refuses a folder of another user), what the folder holds.</summary>
    public static IReadOnlyList<string> Files()
    {
        var listed = TryGit() ?? Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Select(f => System.IO.Path.GetRelativePath(Root, f))
            .Where(f => !f.Split('/').Any(part => part is ".git" or "artifacts" or "bin" or "obj" or "node_modules" or "_framework" or ".setup" or ".reasonir"));
        return [.. listed.Where(f => File.Exists(System.IO.Path.Combine(Root, f)))];
    }

    static string[]? TryGit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", "ls-files --cached --others --exclude-standard")
            {
                WorkingDirectory = Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries) : null;
        }
        catch (Win32Exception)
        {
            return null; // git is not installed
        }
    }

    /// <summary>Everything a project reaches over references, itself left out.</summary>
    public static HashSet<string> Closure(string name)
    {
        var reached = new HashSet<string>();
        Reach(name);
        return reached;

        void Reach(string from)
        {
            foreach (var to in Project(from).References.Where(reached.Add))
                Reach(to);
        }
    }

    static ProjectFile Read(string path)
    {
        var xml = XDocument.Load(System.IO.Path.Combine(Root, path));
        // AppHost's references are resources, started and never loaded: its targets set that metadata on all but Hosting.
        var startsOnly = path.EndsWith("ReasonIR.AppHost.csproj", StringComparison.Ordinal);
        var references = xml.Descendants("ProjectReference")
            .Where(r => r.Attribute("Include") is not null && (string?)r.Attribute("ReferenceOutputAssembly") != "false")
            .Where(r => !startsOnly || (string?)r.Attribute("IsAspireProjectResource") == "false")
            .Select(r => System.IO.Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));
        return new ProjectFile(System.IO.Path.GetFileNameWithoutExtension(path), path, path.Split('/')[0], [.. references], xml);
    }
}
