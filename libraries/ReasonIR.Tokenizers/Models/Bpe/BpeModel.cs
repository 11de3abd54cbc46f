using System.Buffers;
using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Models.Bpe;

/// <summary>
/// Byte-pair encoding over the characters of a piece (byte-level tokenizers write each byte as a character before): the symbols of the
/// vocabulary, merged by <see cref="SymbolMerger"/>. Immutable and thread-safe.
/// </summary>
sealed class BpeModel : ITokenModel
{
    readonly Vocabulary vocabulary;
    readonly BpeOptions options;
    readonly SymbolMerger merger;
    readonly int[]? byteIds;
    readonly int unknown = -1;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merges by the ids of their parts and of their result.</param>
    /// <param name="options">The file's settings.</param>
    public BpeModel(Vocabulary vocabulary, MergeTable merges, BpeOptions options)
    {
        (this.vocabulary, this.options) = (vocabulary, options);
        merger = new(merges);
        if (options.UnknownToken is { } token)
            unknown = vocabulary.Id(token);
        if (options.ByteFallback)
            byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.Id(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")))];
    }

    public BpeOptions Options => options;

    public Vocabulary Vocabulary => vocabulary;

    public SymbolMerger Merger => merger;

    public int VocabularySize => vocabulary.Size;

    public int? TokenToId(string token) => vocabulary.Id(token) is var id and >= 0 ? id : null;

    public string? IdToToken(int id) => vocabulary.Token(id);

    public void Tokenize(ReadOnlySpan<char> piece, List<PieceToken> tokens)
    {
        if (options.IgnoreMerges && vocabulary.Id(piece) is var whole and >= 0)
        {
            tokens.Add(new(whole, 0, piece.Length));
            return;
        }
        // A character gives at most one symbol, or one for each of its up to three bytes a UTF-16 unit.
        var most = options.ByteFallback ? 3 * piece.Length : piece.Length;
        var ids = ArrayPool<int>.Shared.Rent(most);
        var starts = ArrayPool<int>.Shared.Rent(most + 1);
        try
        {
            var symbols = new Symbols(ids, starts);
            Read(piece, ref symbols);
            var count = merger.Merge(ids.AsSpan(0, symbols.Count), starts);
            starts[count] = symbols.Bytes;
            AddTokens(piece, ids.AsSpan(0, count), starts, tokens);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(ids);
            ArrayPool<int>.Shared.Return(starts);
        }
    }

    /// <summary>Symbols as they are gathered; each begins where those before it end, counted in bytes of UTF-8.</summary>
    ref struct Symbols(Span<int> ids, Span<int> starts)
    {
        readonly Span<int> ids = ids, starts = starts;

        public int Count { get; private set; }

        public int Bytes { get; private set; }

        public void Add(int id, int bytes)
        {
            ids[Count] = id;
            starts[Count++] = Bytes;
            Bytes += bytes;
        }
    }

    void Read(ReadOnlySpan<char> piece, ref Symbols symbols)
    {
        // Bytes of unknown characters that wait: they come before the next known character, and behind byte tokens, as in the reference.
        var waiting = 0;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0, used; i < piece.Length; i += used)
        {
            Rune.DecodeFromUtf16(piece[i..], out var rune, out used);
            var bytes = rune.Utf8SequenceLength;
            if (Symbol(piece.Slice(i, used), first: i == 0, last: i + used == piece.Length) is var id and >= 0)
            {
                if (waiting > 0)
                    symbols.Add(unknown, waiting);
                waiting = 0;
                symbols.Add(id, bytes);
                continue;
            }
            if (byteIds is not null && HasBytes(utf8[..rune.EncodeToUtf8(utf8)]))
            {
                foreach (var value in utf8[..bytes])
                    symbols.Add(byteIds[value], 1);
                continue;
            }
            if (options.UnknownToken is null)
                continue;
            if (unknown < 0)
                throw new InvalidDataException($"The BPE vocabulary lacks its unk_token '{options.UnknownToken}', which the character U+{rune.Value:X4} needs.");
            if (waiting > 0 && !options.FuseUnknown)
                symbols.Add(unknown, waiting);
            waiting = options.FuseUnknown ? waiting + bytes : bytes;
        }
        if (waiting > 0)
            symbols.Add(unknown, waiting);
    }

    int Symbol(ReadOnlySpan<char> character, bool first, bool last)
    {
        var (prefix, suffix) = (first ? "" : options.ContinuingPrefix, last ? options.EndSuffix : "");
        return prefix.Length + suffix.Length == 0 ? vocabulary.Id(character) : vocabulary.Id(string.Concat(prefix, character, suffix));
    }

    bool HasBytes(ReadOnlySpan<byte> utf8)
    {
        foreach (var value in utf8)
            if (byteIds![value] < 0)
                return false;
        return true;
    }

    /// <summary>From bytes to UTF-16 units; a token that begins or ends inside a character has the whole character.</summary>
    static void AddTokens(ReadOnlySpan<char> piece, ReadOnlySpan<int> ids, ReadOnlySpan<int> starts, List<PieceToken> tokens)
    {
        // The character that holds the byte looked at, in bytes and in units.
        int byteStart = 0, byteEnd = 0, start = 0, end = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            Reach(piece, starts[i]);
            var from = start;
            Reach(piece, starts[i + 1] - 1);
            tokens.Add(new(ids[i], from, end));
        }

        void Reach(ReadOnlySpan<char> text, int target)
        {
            while (byteEnd <= target && end < text.Length)
            {
                Rune.DecodeFromUtf16(text[end..], out var rune, out var used);
                (byteStart, byteEnd, start, end) = (byteEnd, byteEnd + rune.Utf8SequenceLength, end, end + used);
            }
        }
    }
}
