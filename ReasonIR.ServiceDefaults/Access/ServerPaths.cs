using Microsoft.Extensions.Configuration;

namespace ReasonIR.ServiceDefaults.Access;

/// <summary>Which folders of the server a request may name. A path from outside is used only after <see cref="Resolve"/>.</summary>
public sealed class ServerPaths(IReadOnlyList<string> roots)
{
    /// <summary>Full paths of <c>REASONIR_ARTIFACTS</c> and of the colon-separated <c>REASONIR_ROOTS</c>.</summary>
    public IReadOnlyList<string> Roots { get; } = [.. roots.Select(r => Path.TrimEndingDirectorySeparator(Path.GetFullPath(r)))];

    public static IReadOnlyList<string> RootsFrom(IConfiguration configuration) =>
        $"{configuration["REASONIR_ARTIFACTS"]}:{configuration["REASONIR_ROOTS"]}".Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The full path, links followed; a relative one is below the first root.</summary>
    /// <exception cref="ArgumentException">It is outside every root.</exception>
    public string Resolve(string path)
    {
        foreach (var root in Roots)
        {
            var full = Real(Path.GetFullPath(path, root));
            if (Below(full, Real(root)))
                return full;
        }
        throw new ArgumentException($"The path \"{path}\" is outside the folders this server may read (REASONIR_ROOTS).");
    }

    static bool Below(string path, string root) => path == root || path.StartsWith(root + "/", StringComparison.Ordinal);

    /// <summary>Follows the links of every part that exists.</summary>
    static string Real(string path)
    {
        var real = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            if (new FileInfo(real).LinkTarget is not null)
                real = File.ResolveLinkTarget(real, returnFinalTarget: true) is { } target ? Real(target.FullName) : real;
        }
        return real;
    }
}
