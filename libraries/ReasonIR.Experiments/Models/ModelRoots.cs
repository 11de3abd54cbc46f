using Microsoft.Extensions.Options;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Experiments.Models;

/// <summary>Folders outside the artifact store whose models may be registered (<c>REASONIR_MODEL_ROOTS</c>, separated by colons).</summary>
public sealed class ModelOptions
{
    public IReadOnlyList<string> Roots { get; set; } = [];
}

/// <summary>Finds a model's folder; a path from outside cannot reach anything but artifacts and configured roots.</summary>
public sealed class ModelRoots(ArtifactStore artifacts, IOptions<ModelOptions> options)
{
    /// <summary>Full path of <see cref="Model.Path"/>.</summary>
    /// <exception cref="ArgumentException">An absolute path below none of the roots, or a relative one that leaves the store.</exception>
    public string Resolve(string path)
    {
        if (!Path.IsPathRooted(path))
            return artifacts.Resolve(path);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        foreach (var root in options.Value.Roots)
        {
            var top = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
            if (full == top || full.StartsWith(top + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                return full;
        }
        throw new ArgumentException($"model path '{path}' lies below none of REASONIR_MODEL_ROOTS ({string.Join(':', options.Value.Roots)})", nameof(path));
    }
}
