using System.Runtime.CompilerServices;
using System.Text;

namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// A folder of .txt and .md files as documents, subfolders too, in the order of their paths. Id: the relative path with /. Title:
/// a Markdown file's first heading, else a short first line with more below it, else the file's name. Hidden files and links are
/// passed over.
/// </summary>
public sealed class TextFolder(string folder, CollectionLimits? limits = null)
{
    const int LongestTitle = 160;

    static readonly UTF8Encoding strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    static readonly EnumerationOptions enumeration = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = false,
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.ReparsePoint | FileAttributes.System,
    };

    readonly CollectionLimits limits = limits ?? CollectionLimits.Default;

    /// <summary>Whether a path ends in .txt or .md, in either case.</summary>
    public static bool Takes(string path) =>
        path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".md", StringComparison.OrdinalIgnoreCase);

    /// <summary>The relative paths of the documents, with /.</summary>
    /// <exception cref="CollectionFormatException">There is no such folder.</exception>
    public IReadOnlyList<string> Paths() => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", enumeration).Where(Takes)
            .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)]
        : throw new CollectionFormatException(folder, 0, null, "expected a folder with .txt or .md files.");

    public async IAsyncEnumerable<CollectionDocument> ReadDocumentsAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var path in Paths())
        {
            await using var file = CollectionFiles.Open(Path.Combine(folder, path));
            yield return await ReadFileAsync(file, path, limits, cancellation);
        }
    }

    /// <summary>One file as a document.</summary>
    /// <param name="path">Its relative path, which becomes the id.</param>
    public static async Task<CollectionDocument> ReadFileAsync(
        Stream stream, string path, CollectionLimits? limits = null, CancellationToken cancellation = default)
    {
        limits ??= CollectionLimits.Default;
        if (limits.IdProblem(path) is { } problem)
            throw new CollectionFormatException(path, 0, "path", problem);
        await using var input = new ByteInput(stream, path, limits);
        while (await input.GrowAsync(cancellation))
            if (input.Window.Length > limits.RecordBytes)
                throw new CollectionFormatException(path, 0, null, $"a file should have at most {limits.RecordBytes} bytes.");
        try
        {
            return Split(path, strictUtf8.GetString(input.Window.Span));
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + input.Window.Span[..Math.Clamp(e.Index, 0, input.Window.Length)].Count((byte)'\n');
            throw new CollectionFormatException(path, line, null, "is not valid UTF-8.", e);
        }
    }

    static CollectionDocument Split(string path, string text)
    {
        var isMarkdown = path.EndsWith(".md", StringComparison.OrdinalIgnoreCase);
        if (isMarkdown && MarkdownHeading.TryFind(text, out var heading, out var line))
            return new(path, heading, string.Concat(text.AsSpan(..line.Start.Value), text.AsSpan(line.End.Value..)).Trim());
        var trimmed = text.Trim();
        var end = trimmed.IndexOf('\n', StringComparison.Ordinal);
        return end is > 0 and <= LongestTitle
            ? new(path, trimmed[..end].Trim(), trimmed[end..].Trim())
            : new(path, Path.GetFileNameWithoutExtension(path), trimmed);
    }
}
