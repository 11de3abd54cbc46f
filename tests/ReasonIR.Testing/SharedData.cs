using Xunit;

namespace ReasonIR.Testing;

/// <summary>Finds the read-only inputs (<c>data</c>, <c>golden</c>, <c>models</c>) in the folder <c>shared</c> beside the repository.</summary>
public static class SharedData
{
    /// <summary>The full path of the folder, or null where it is absent.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The repository's root: the nearest ancestor of the test's output that holds ReasonIR.sln.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The full path of a file or folder below the root; skips the calling test, with the reason, where it is absent.</summary>
    public static string Require(string relativePath)
    {
        var path = Root is null ? null : Path.Combine(Root, relativePath);
        if (path is null || !Path.Exists(path))
            Assert.Skip($"needs ../shared/{relativePath}, which is absent beside the repository");
        return path!;
    }

    static string FindRepository()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "ReasonIR.sln")))
                return folder;
        throw new DirectoryNotFoundException($"No ReasonIR.sln above {AppContext.BaseDirectory}.");
    }

    static string? Find()
    {
        var beside = Path.Combine(Path.GetDirectoryName(FindRepository()) ?? "/", "shared");
        return Directory.Exists(Path.Combine(beside, "data")) ? beside : null;
    }
}
