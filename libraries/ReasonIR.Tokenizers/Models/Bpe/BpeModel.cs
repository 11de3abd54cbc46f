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
    /// <summary>sentencepiece's space mark.</summary>
    public const char Mark = '\u2581';

    readonly Vocabulary vocabulary;
    readonly BpeOptions options;
    readonly SymbolMerger merger;
    readonly int[]? byteIds;
    readonly int unknown = -1;
    WordCache? cache;

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
        CutsAtMarks = MayCutAtMarks(merges);
    }

    public BpeOptions Options => options;

    public Vocabulary Vocabulary => vocabulary;

    public SymbolMerger Merger => merger;

    public int VocabularySize => vocabulary.Size;

    public int? TokenToId(string token) => vocabulary.Id(token) is var id and >= 0 ? id : null;

    public string? IdToToken(int id) => vocabulary.Token(id);

    public void Tokenize(ReadOnlySpan<char> piece, List<PieceToken> tokens)
    {
        for (int start = 0, end; start < piece.Length; start = end)
        {
            end = WordEnd(piece, start);
            TokenizeWord(piece, start, end, tokens);
        }
    }

    public void AppendIds(ReadOnlySpan<char> piece, List<int> ids)
    {
        // Made when it is first asked for: byte-level pipelines have one of their own. A race makes two, and one goes.
        var words = cache ??= new();
        List<PieceToken>? tokens = null;
        for (int start = 0, end; start < piece.Length; start = end)
        {
            end = WordEnd(piece, start);
            var word = piece[start..end];
            var key = word.Length <= WordCache.LongestWord ? WordCache.KeyOf(word) : default;
            if (word.Length <= WordCache.LongestWord && words.Find(word, key) is { } known)
            {
                known.AppendTo(ids);
                continue;
            }
            tokens ??= [];
            tokens.Clear();
            TokenizeWord(piece, start, end, tokens);
            var before = ids.Count;
            foreach (var token in tokens)
                ids.Add(token.Id);
            if (word.Length <= WordCache.LongestWord)
                words.Add(word, key, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids)[before..]);
        }
    }

    /// <summary>Whether words at space marks are merged apart.</summary>
    public bool CutsAtMarks { get; }

    /// <summary>
    /// Whether a piece may be cut before every space mark that follows another character: in sentencepiece's vocabularies no merge crosses
    /// that place, and the mark is always a symbol, so the words are merged apart with the same result, and a whole text need not be one
    /// word. What a cut would change keeps the piece whole: affixes, whole pieces looked up, characters left out (their bytes shift offsets).
    /// </summary>
    bool MayCutAtMarks(MergeTable merges) =>
        vocabulary.Id([Mark]) >= 0 && unknown >= 0 && options is { ContinuingPrefix: "", EndSuffix: "", IgnoreMerges: false }
        && merges.Pairs.All(pair => !vocabulary.Token(pair.Right)!.StartsWith(Mark) || vocabulary.Token(pair.Left)!.EndsWith(Mark));

    int WordEnd(ReadOnlySpan<char> piece, int start)
    {
        if (!CutsAtMarks)
            return piece.Length;
        for (var at = start + 1; at < piece.Length; at++)
            if (piece[at] == Mark && piece[at - 1] != Mark)
                return at;
        return piece.Length;
    }

    /// <summary>Tokens with their ranges in the piece; the word lies from <paramref name="start"/> to <paramref name="end"/>.</summary>
    void TokenizeWord(ReadOnlySpan<char> piece, int start, int end, List<PieceToken> tokens)
    {
        var word = piece[start..end];
        if (options.IgnoreMerges && vocabulary.Id(word) is var whole and >= 0)
        {
            tokens.Add(new(whole, start, end));
            return;
        }
        // A character gives at most one symbol, or one for each of its up to three bytes a UTF-16 unit.
        var most = options.ByteFallback ? 3 * word.Length : word.Length;
        var ids = ArrayPool<int>.Shared.Rent(most);
        var starts = ArrayPool<int>.Shared.Rent(most + 1);
        try
        {
            var symbols = new Symbols(ids, starts);
            Read(word, ref symbols);
            var count = merger.Merge(ids.AsSpan(0, symbols.Count), starts);
            starts[count] = symbols.Bytes;
            AddTokens(word, start, ids.AsSpan(0, count), starts, tokens);
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

    /// <summary>From bytes of the word to UTF-16 units of the piece; a token that begins or ends inside a character has the whole character.</summary>
    static void AddTokens(ReadOnlySpan<char> word, int at, ReadOnlySpan<int> ids, ReadOnlySpan<int> starts, List<PieceToken> tokens)
    {
        // The character that holds the byte looked at, in bytes and in units.
        int byteEnd = 0, start = 0, end = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            Reach(word, starts[i]);
            var from = start;
            Reach(word, starts[i + 1] - 1);
            tokens.Add(new(ids[i], at + from, at + end));
        }

        void Reach(ReadOnlySpan<char> text, int target)
        {
            while (byteEnd <= target && end < text.Length)
            {
                Rune.DecodeFromUtf16(text[end..], out var rune, out var used);
                (byteEnd, start, end) = (byteEnd + rune.Utf8SequenceLength, end, end + used);
            }
        }
    }
}
