namespace ReasonIR.Hosting.Projects;

/// <summary>Finds a project's executable beside the host's own output, built or published.</summary>
static class ProjectOutput
{
    /// <summary>
    /// Looks, for NAME.csproj, at <c>../../NAME/PIVOT/NAME</c> (the artifacts layout of builds and of publishing: <c>artifacts/bin/NAME/debug</c>)
    /// and at <c>../NAME/NAME</c> (one folder a program).
    /// </summary>
    /// <exception cref="FileNotFoundException">It is at neither place.</exception>
    public static string Find(string projectPath, string? hostFolder = null)
    {
        var name = Path.GetFileNameWithoutExtension(projectPath);
        var host = Path.TrimEndingDirectorySeparator(hostFolder ?? AppContext.BaseDirectory);
        string[] places =
        [
            Path.GetFullPath(Path.Combine(host, "..", "..", name, Path.GetFileName(host), name)),
            Path.GetFullPath(Path.Combine(host, "..", name, name)),
        ];
        return places.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException(
            $"The executable of {projectPath} is missing: build the solution, or publish {name} beside the host. Looked at {string.Join(" and ", places)}.");
    }

    /// <summary>The folder NAME with NAME.csproj beside some folder above the host's own output; null where it runs outside its repository.</summary>
    public static string? HostProject(string name, string? hostFolder = null)
    {
        for (var folder = Path.TrimEndingDirectorySeparator(hostFolder ?? AppContext.BaseDirectory); folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, name, name + ".csproj")))
                return Path.Combine(folder, name);
        return null;
    }
}
