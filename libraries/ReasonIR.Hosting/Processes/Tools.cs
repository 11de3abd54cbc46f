namespace ReasonIR.Hosting.Processes;

/// <summary>Finds programs on PATH.</summary>
static class Tools
{
    /// <summary>The full path of the first such executable on PATH, or null.</summary>
    public static string? Find(string name)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var path = Path.Combine(folder, name);
            if (File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.OtherExecute)) != 0)
                return path;
        }
        return null;
    }
}
