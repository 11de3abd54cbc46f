namespace ReasonIR.Check.Golden;

/// <summary>Compares the libraries with every golden folder below the given ones, in process.</summary>
public static class GoldenCheck
{
    static readonly EnumerationOptions Deep = new() { RecurseSubdirectories = true, MaxRecursionDepth = 32 };

    /// <summary>The groups of every manifest at or below a folder, each as soon as it is done.</summary>
    /// <param name="folder">A leaf, an area or the root.</param>
    /// <param name="dataRoot">Where paths without <c>./</c> start; null: <see cref="FindDataRoot"/>.</param>
    /// <param name="cancellation">Ends the check between groups, and inside those kinds that are slow.</param>
    public static IEnumerable<GoldenGroup> Run(string folder, string? dataRoot = null, CancellationToken cancellation = default)
    {
        folder = Path.GetFullPath(folder);
        dataRoot = Path.GetFullPath(dataRoot ?? FindDataRoot(folder));
        var name = GoldenManifest.NameOf(folder, dataRoot);
        if (!Directory.Exists(folder))
            return [GoldenGroup.Failed(name, "", GoldenManifest.FileName, $"no such folder: {folder}")];
        var manifests = Manifests(folder);
        return manifests.Count == 0
            ? [GoldenGroup.Failed(name, "", GoldenManifest.FileName, $"no {GoldenManifest.FileName} at or below {folder}")]
            : manifests.SelectMany(leaf => RunLeaf(leaf, dataRoot, cancellation));
    }

    /// <summary>As <see cref="Run"/>, all groups at the end and off the caller's thread.</summary>
    public static Task<IReadOnlyList<GoldenGroup>> RunAsync(
        string folder, string? dataRoot = null, CancellationToken cancellation = default) =>
        Task.Run<IReadOnlyList<GoldenGroup>>(() => [.. Run(folder, dataRoot, cancellation)], cancellation);

    /// <summary>The folders at or below a folder that hold a manifest, in ordinal order.</summary>
    public static IReadOnlyList<string> Manifests(string folder) =>
        [.. Directory.EnumerateFiles(folder, GoldenManifest.FileName, Deep)
            .Select(file => Path.GetDirectoryName(file)!)
            .Order(StringComparer.Ordinal)];

    /// <summary>
    /// The nearest ancestor that holds <c>data</c>, else the folder <c>shared</c> beside the repository that this
    /// program was built in or is run in, else the folder itself.
    /// </summary>
    public static string FindDataRoot(string folder)
    {
        for (var at = Path.GetFullPath(folder); at is not null; at = Path.GetDirectoryName(at))
            if (Directory.Exists(Path.Combine(at, "data")))
                return at;
        foreach (var start in (string[])[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
            for (var at = Path.GetFullPath(start); at is not null; at = Path.GetDirectoryName(at))
                if (File.Exists(Path.Combine(at, "ReasonIR.sln")) && Path.GetDirectoryName(at) is { } parent
                    && Directory.Exists(Path.Combine(parent, "shared")))
                    return Path.Combine(parent, "shared");
        return folder;
    }

    static IEnumerable<GoldenGroup> RunLeaf(string folder, string dataRoot, CancellationToken cancellation)
    {
        var name = GoldenManifest.NameOf(folder, dataRoot);
        GoldenManifest? manifest = null;
        string? unreadable = null;
        try
        {
            manifest = GoldenManifest.Read(folder, dataRoot);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            unreadable = e.Message;
        }
        if (manifest is null)
        {
            yield return GoldenGroup.Failed(name, "", GoldenManifest.FileName, unreadable!);
            yield break;
        }
        if (GoldenKinds.All.FirstOrDefault(kind => kind.Kind == manifest.Kind) is not { } kind)
        {
            yield return GoldenGroup.Failed(name, manifest.Kind, GoldenManifest.FileName,
                $"unknown kind \"{manifest.Kind}\"; known: {string.Join(", ", GoldenKinds.All.Select(k => k.Kind))}");
            yield break;
        }
        foreach (var absent in manifest.AbsentFiles())
            yield return GoldenGroup.Failed(name, manifest.Kind, absent, $"{absent}: listed but absent");
        foreach (var group in Guarded(kind, manifest, cancellation))
            yield return group;
    }

    /// <summary>A kind's groups; what it throws ends it with a failed group.</summary>
    static IEnumerable<GoldenGroup> Guarded(IGoldenKind kind, GoldenManifest manifest, CancellationToken cancellation)
    {
        IEnumerator<GoldenGroup>? groups = null;
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                GoldenGroup? group;
                try
                {
                    groups ??= kind.Check(manifest, cancellation).GetEnumerator();
                    group = groups.MoveNext() ? groups.Current : null;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    group = GoldenGroup.Failed(
                        manifest.Name, manifest.Kind, GoldenManifest.FileName, $"{e.GetType().Name}: {e.Message}");
                    groups = Enumerable.Empty<GoldenGroup>().GetEnumerator();
                }
                if (group is null)
                    yield break;
                yield return group;
            }
        }
        finally
        {
            groups?.Dispose();
        }
    }
}
