using Microsoft.Extensions.Configuration;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Running;

/// <summary>Where a system keeps everything: the database, artifacts, its lock and <c>portal.json</c>.</summary>
public static class DataDirectories
{
    /// <summary>
    /// <c>--data DIR</c>, else <c>REASONIR_DATA</c>, else <c>/var/lib/reasonir</c> for root (the database server runs as another user,
    /// who may not pass root's home), else <c>reasonir</c> in the XDG data home.
    /// </summary>
    public static string From(IConfiguration configuration)
    {
        foreach (var named in new[] { configuration["data"], configuration["REASONIR_DATA"] })
            if (!string.IsNullOrWhiteSpace(named))
                return Path.GetFullPath(named);
        if (Signals.IsRoot)
            return "/var/lib/reasonir";
        var home = configuration["XDG_DATA_HOME"] is { Length: > 0 } xdg && Path.IsPathRooted(xdg)
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return Path.Combine(home, "reasonir");
    }

    internal static void Create(string folder)
    {
        if (Directory.Exists(folder))
            return;
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (Signals.IsRoot) // the database's user passes through to its own folder
            mode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(folder, mode);
    }
}
