using System.Text.Json;

namespace ReasonIR.Cli.Servers;

/// <summary>Where the system of this machine keeps its data, and what it wrote there about itself.</summary>
public static class DataDirectory
{
    /// <summary>The directory: the option, else <c>REASONIR_DATA</c>, else <c>/var/lib/reasonir</c> for root, else below the XDG data home.</summary>
    public static string Find(string? option)
    {
        if (!string.IsNullOrEmpty(option))
            return Path.GetFullPath(option);
        if (Environment.GetEnvironmentVariable("REASONIR_DATA") is { Length: > 0 } set)
            return Path.GetFullPath(set);
        if (Environment.UserName == "root")
            return "/var/lib/reasonir";
        var home = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return Path.Combine(home, "reasonir");
    }

    /// <summary>The portal that says it runs on this data, or null. It may be gone: ask it.</summary>
    public static RunningPortal? ReadPortal(string directory)
    {
        var file = Path.Combine(directory, "portal.json");
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<RunningPortal>(File.ReadAllText(file), JsonSerializerOptions.Web) : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null; // being written or removed just now
        }
    }
}

/// <summary>What <c>portal.json</c> holds.</summary>
/// <param name="Url">The portal's address.</param>
/// <param name="Pid">The process that keeps the system running.</param>
public sealed record RunningPortal(Uri Url, int Pid);
