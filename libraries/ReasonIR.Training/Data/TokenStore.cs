using ReasonIR.Models.Transformers;

namespace ReasonIR.Training.Data;

/// <summary>
/// Tokenized sets on the disk, found again by later runs: a folder a set, named by a hash of content, tokenizer, prompts and maximum
/// lengths, and small files that say which set belongs to a dataset. The least recently used go when together they are too large.
/// Several processes may use one store.
/// </summary>
/// <param name="root">Made where it is missing.</param>
/// <param name="mostBytes">Of all sets together; the one that was just asked for stays, however large it is.</param>
public sealed class TokenStore(string root, long mostBytes)
{
    const string Sets = "sets", Names = "names", Partial = ".partial-";

    /// <summary>What others may still be writing is left alone for so long.</summary>
    static readonly TimeSpan Unfinished = TimeSpan.FromDays(1);

    /// <summary>The set of a dataset, tokenized now where it is not there, or is damaged.</summary>
    /// <param name="identity">Names content that never changes, e.g. a sealed version.</param>
    /// <param name="fill">Adds all examples.</param>
    /// <param name="built">Whether it was tokenized now.</param>
    public TokenSet Open(string identity, TextTokens tokens, TokenSettings settings, Action<TokenSetBuilder> fill, out bool built)
    {
        built = false;
        var name = Path.Combine(root, Names, settings.KeyWith(identity));
        if (File.Exists(name) && TryOpen(File.ReadAllText(name)) is { } there)
            return there;
        built = true;
        Directory.CreateDirectory(Path.Combine(root, Sets));
        Directory.CreateDirectory(Path.Combine(root, Names));
        var partial = Path.Combine(root, Sets, $"{Partial}{Guid.NewGuid():N}");
        Directory.CreateDirectory(partial);
        string key;
        try
        {
            using var builder = new TokenSetBuilder(partial, tokens, settings);
            fill(builder);
            key = settings.KeyWith(builder.Finish().ContentHash);
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
        // Another dataset of the same content may have been first, or another process.
        if (TryOpen(key) is { } same)
        {
            Directory.Delete(partial, recursive: true);
            WriteName(name, key);
            return same;
        }
        Directory.Move(partial, Folder(key));
        Touch(key);
        WriteName(name, key);
        var set = new TokenSet(Folder(key));
        Sweep(key);
        return set;
    }

    /// <summary>Removes what is unfinished since long, what is least recently used and too much, and names of what is not there.</summary>
    /// <param name="keep">Stays in any case.</param>
    public void Sweep(string? keep = null)
    {
        if (!Directory.Exists(Path.Combine(root, Sets)))
            return;
        foreach (var partial in Directory.EnumerateDirectories(Path.Combine(root, Sets), Partial + "*"))
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(partial) > Unfinished)
                Delete(partial);
        var bytes = 0L;
        foreach (var (folder, size, _) in Directory.EnumerateDirectories(Path.Combine(root, Sets)).Where(folder => !Path.GetFileName(folder).StartsWith(Partial, StringComparison.Ordinal))
            .Select(folder => (folder, Size(folder), Used: File.GetLastWriteTimeUtc(Path.Combine(folder, TokenSetInfo.Name))))
            .OrderByDescending(set => Path.GetFileName(set.folder) == keep).ThenByDescending(set => set.Used))
        {
            bytes += size;
            // Whoever has it mapped keeps what is mapped.
            if (bytes > mostBytes && Path.GetFileName(folder) != keep)
                Delete(folder);
        }
        foreach (var name in Directory.EnumerateFiles(Path.Combine(root, Names)))
            if (!Directory.Exists(Folder(File.ReadAllText(name))))
                File.Delete(name);
    }

    string Folder(string key) => Path.Combine(root, Sets, key);

    TokenSet? TryOpen(string key)
    {
        if (key.Length == 0 || !key.All(char.IsAsciiHexDigitLower) || !Directory.Exists(Folder(key)))
            return null;
        try
        {
            var set = new TokenSet(Folder(key));
            Touch(key);
            return set;
        }
        catch (InvalidDataException)
        {
            Delete(Folder(key)); // and tokenized anew
            return null;
        }
    }

    /// <summary>Used just now, by one clock for all sets: the time that the kernel gives a new file lags some milliseconds behind it.</summary>
    void Touch(string key) => File.SetLastWriteTimeUtc(Path.Combine(Folder(key), TokenSetInfo.Name), DateTime.UtcNow);

    static void WriteName(string name, string key)
    {
        var temporary = $"{name}.{Guid.NewGuid():N}";
        File.WriteAllText(temporary, key);
        File.Move(temporary, name, overwrite: true);
    }

    static long Size(string folder) => Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);

    static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process was first.
        }
    }
}
