namespace ReasonIR.Tokenizers;

/// <summary>An <see cref="Encoding"/> under construction.</summary>
sealed class EncodingBuilder(int capacity = 0)
{
    readonly List<int> ids = new(capacity), typeIds = new(capacity), special = new(capacity), attention = new(capacity);
    readonly List<string> tokens = new(capacity);
    readonly List<TextRange> offsets = new(capacity);
    readonly List<int?> sequences = new(capacity);

    public int Count => ids.Count;

    public void Add(int id, string token, TextRange offset, int typeId, int? sequence, bool isSpecial = false, bool isPadding = false)
    {
        ids.Add(id);
        tokens.Add(token);
        offsets.Add(offset);
        typeIds.Add(typeId);
        sequences.Add(sequence);
        special.Add(isSpecial ? 1 : 0);
        attention.Add(isPadding ? 0 : 1);
    }

    /// <summary>Appends all tokens of another encoding; a type id replaces theirs where one is given.</summary>
    public void Append(Encoding other, int? typeId = null)
    {
        ids.AddRange(other.Ids);
        tokens.AddRange(other.Tokens);
        offsets.AddRange(other.Offsets);
        typeIds.AddRange(typeId is { } type ? Enumerable.Repeat(type, other.Count) : other.TypeIds);
        sequences.AddRange(other.SequenceIds);
        special.AddRange(other.SpecialTokensMask);
        attention.AddRange(other.AttentionMask);
    }

    public Encoding Build() => new()
    {
        Ids = ids, TypeIds = typeIds, Tokens = tokens, Offsets = offsets,
        SpecialTokensMask = special, AttentionMask = attention, SequenceIds = sequences,
    };

    public static Encoding Join(IReadOnlyList<Encoding> parts)
    {
        if (parts is [var only])
            return only;
        var all = new EncodingBuilder(parts.Sum(part => part.Count));
        foreach (var part in parts)
            all.Append(part);
        return all.Build();
    }

    /// <summary>The tokens from <paramref name="start"/> on, <paramref name="count"/> of them.</summary>
    public static Encoding Slice(Encoding whole, int start, int count)
    {
        var slice = new EncodingBuilder(count);
        for (var i = start; i < start + count; i++)
            slice.Add(whole.Ids[i], whole.Tokens[i], whole.Offsets[i], whole.TypeIds[i], whole.SequenceIds[i], whole.SpecialTokensMask[i] == 1, whole.AttentionMask[i] == 0);
        return slice.Build();
    }
}
