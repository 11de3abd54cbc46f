using ReasonIR.Contracts.Runs;
using ReasonIR.Portal.Runs;
using ReasonIR.Portal.Uploads;

namespace ReasonIR.Portal.Samples;

/// <summary>A collection that this installation offers for a first try.</summary>
/// <param name="Name">Its folder's name, which becomes the corpus's.</param>
/// <param name="Title">The heading of its README, where it has one.</param>
/// <param name="Files">Files in it.</param>
/// <param name="Bytes">Their size.</param>
public sealed record SampleInfo(string Name, string? Title, int Files, long Bytes);

/// <summary>
/// Runs the whole loop on a collection below <c>REASONIR_SAMPLES</c>: its files go in as an upload, like anybody's, and nothing
/// here knows what they hold.
/// </summary>
public sealed class SampleLoop(IConfiguration configuration, UploadsService uploads, RunsService runs)
{
    const int MostFiles = 1000;

    /// <summary>Every folder below the configured one that a corpus may be called after; none where nothing is configured.</summary>
    public IReadOnlyList<SampleInfo> List() => Root is { } root
        ? [.. root.EnumerateDirectories().Where(folder => SpecChecks.NamePattern().IsMatch(folder.Name)).OrderBy(folder => folder.Name, StringComparer.Ordinal).Select(Describe).Where(sample => sample.Files > 0)]
        : [];

    /// <summary>Copies the collection into an upload and queues a loop over it.</summary>
    /// <param name="name">One of <see cref="List"/>.</param>
    /// <param name="ct">Cancels the copying.</param>
    /// <exception cref="KeyNotFoundException">There is no such sample.</exception>
    public async Task<RunInfo> StartAsync(string name, CancellationToken ct)
    {
        // A name from outside is only ever compared: it never becomes part of a path.
        var folder = Root?.EnumerateDirectories().FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new KeyNotFoundException($"There is no sample '{name}'.");
        var upload = uploads.Create();
        foreach (var file in Files(folder))
        {
            await using var content = file.OpenRead();
            await uploads.StoreAsync(upload.Id, Path.GetRelativePath(folder.FullName, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), content, ct);
        }
        return await runs.StartAsync(new LoopSpec(name, upload.Id, Source: $"the sample {name}"), ct);
    }

    DirectoryInfo? Root => configuration["REASONIR_SAMPLES"] is { Length: > 0 } path && Directory.Exists(path) ? new(path) : null;

    static IEnumerable<FileInfo> Files(DirectoryInfo folder) => folder.EnumerateFiles("*", SearchOption.AllDirectories).Take(MostFiles);

    static SampleInfo Describe(DirectoryInfo folder)
    {
        var files = Files(folder).ToList();
        return new(folder.Name, Title(Path.Combine(folder.FullName, "README.md")), files.Count, files.Sum(file => file.Length));
    }

    static string? Title(string readme) => File.Exists(readme) && File.ReadLines(readme).FirstOrDefault() is { } line && line.StartsWith("# ", StringComparison.Ordinal)
        ? line[2..].Trim()
        : null;
}
