namespace ReasonIR.Tokenizers.Models;

/// <summary>Tokens and their ids, in both directions. Ids need not be dense: a table stands only where they nearly are, so that one huge id costs nothing.</summary>
sealed class Vocabulary
{
    readonly Dictionary<string, int> ids;
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> bySpan;
    readonly string?[]? table;
    readonly Dictionary<int, string>? sparse;

    public Vocabulary(IReadOnlyDictionary<string, int> tokens)
    {
        ids = tokens as Dictionary<string, int> ?? new(tokens, StringComparer.Ordinal);
        bySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var id in ids.Values)
            Size = Math.Max(Size, id + 1);
        if (Size <= ids.Count * 4L + 4096)
            table = new string?[Size];
        else
            sparse = new(ids.Count);
        foreach (var (token, id) in ids)
        {
            if (Token(id) is { } other)
                throw new InvalidDataException($"the tokens '{other}' and '{token}' have the same id {id}");
            if (table is not null)
                table[id] = token;
            else
                sparse![id] = token;
        }
    }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; }

    public int Count => ids.Count;

    public string? Token(int id) => table is not null ? (uint)id < (uint)table.Length ? table[id] : null : sparse!.GetValueOrDefault(id);

    /// <summary>The id, or -1.</summary>
    public int Id(ReadOnlySpan<char> token) => bySpan.TryGetValue(token, out var id) ? id : -1;
}
