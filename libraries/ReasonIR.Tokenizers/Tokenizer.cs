using ReasonIR.Tokenizers.AddedTokens;
using ReasonIR.Tokenizers.Decoders;
using ReasonIR.Tokenizers.Limits;
using ReasonIR.Tokenizers.Loading;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.PostProcessors;
using ReasonIR.Tokenizers.PreTokenizers;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers;

/// <summary>
/// A Hugging Face tokenizer.json: added tokens, normalizer, pre-tokenizer, model, post-processor, then truncation and padding; and back
/// to text through the decoder. Token for token the same as the reference library (golden). Immutable and thread-safe.
/// </summary>
public sealed class Tokenizer
{
    readonly TokenizerParts parts;
    readonly AddedVocabulary added;
    readonly StageIdScanner stages;
    readonly IIdScanner scanner;
    readonly (int[] Before, int[] After) around;

    internal Tokenizer(TokenizerParts parts)
    {
        this.parts = parts;
        added = new(parts.AddedTokens, parts.Normalizer);
        stages = new(parts);
        scanner = IdScanners.For(parts) ?? stages;
        around = Around(parts.PostProcessor);
        VocabularySize = Math.Max(parts.Model.VocabularySize, added.LargestId + 1);
    }

    Tokenizer(Tokenizer other, Truncation? truncation, Padding? padding)
    {
        parts = other.parts with { Truncation = truncation, Padding = padding };
        (added, stages, scanner, around, VocabularySize) = (other.added, other.stages, other.scanner, other.around, other.VocabularySize);
    }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize { get; }

    /// <summary>SHA-256 of the file's bytes, lower-case hex: part of a model's provenance.</summary>
    public string Hash => parts.Hash;

    /// <summary>The file's own truncation, or what <see cref="With"/> set.</summary>
    public Truncation? Truncation => parts.Truncation;

    /// <summary>The file's own padding, or what <see cref="With"/> set.</summary>
    public Padding? Padding => parts.Padding;

    public IReadOnlyList<AddedToken> AddedTokens => parts.AddedTokens;

    /// <param name="path">A tokenizer.json.</param>
    /// <exception cref="InvalidDataException">The file is broken; the message names the file and the field.</exception>
    /// <exception cref="NotSupportedException">It uses a component not known here; the message names it.</exception>
    public static Tokenizer Load(string path) => new(TokenizerJson.Read(path));

    /// <summary>As <see cref="Load"/>, from the bytes of a file that errors call <paramref name="name"/>.</summary>
    public static Tokenizer Parse(ReadOnlyMemory<byte> json, string name = "tokenizer.json") => new(TokenizerJson.Read(json, name));

    /// <summary>The same tokenizer with another truncation and padding (null: none), sharing everything else.</summary>
    public Tokenizer With(Truncation? truncation, Padding? padding = null) => new(this, truncation, padding);

    public int? TokenToId(string token) => added.IdOf(token) ?? parts.Model.TokenToId(token);

    public string? IdToToken(int id) => added.TokenOf(id) ?? parts.Model.IdToToken(id);

    /// <summary>Encodes a text, or a pair, with this tokenizer's truncation and padding.</summary>
    /// <exception cref="ArgumentException">The truncation strategy cannot cut this input to its length.</exception>
    public Encoding Encode(string text, string? pair = null, bool addSpecialTokens = true)
    {
        var encoding = Assemble(text, pair, addSpecialTokens);
        return Padding is { } padding ? padding.Apply([encoding])[0] : encoding;
    }

    /// <summary>Encodes a batch; padding without a fixed length goes to its longest input.</summary>
    public IReadOnlyList<Encoding> EncodeBatch(IReadOnlyList<string> texts, IReadOnlyList<string>? pairs = null, bool addSpecialTokens = true)
    {
        if (pairs is not null && pairs.Count != texts.Count)
            throw new ArgumentException($"{texts.Count} texts and {pairs.Count} second texts; as many were expected.", nameof(pairs));
        IReadOnlyList<Encoding> batch = [.. texts.Select((text, i) => Assemble(text, pairs?[i], addSpecialTokens))];
        return Padding?.Apply(batch) ?? batch;
    }

    /// <summary>The ids alone, without truncation or padding: several times as fast as <see cref="Encode"/>.</summary>
    public int[] EncodeIds(string text, bool addSpecialTokens = true)
    {
        var ids = new List<int>(text.Length / 4 + 8);
        AppendIds(text, ids, addSpecialTokens);
        return [.. ids];
    }

    /// <summary>As <see cref="EncodeIds"/>, appending to a list that the caller keeps and reuses.</summary>
    public void AppendIds(ReadOnlySpan<char> text, List<int> ids, bool addSpecialTokens = true)
    {
        if (addSpecialTokens)
            ids.AddRange(around.Before);
        if (!added.MayOccurIn(text))
            scanner.AppendIds(text, first: true, ids);
        else
            AppendParts(NormalizedText.Untracked(text), ids);
        if (addSpecialTokens)
            ids.AddRange(around.After);
    }

    /// <summary>The ids of a text with added tokens in it.</summary>
    void AppendParts(NormalizedText text, List<int> ids)
    {
        var normalized = added.SeeksNormalized;
        foreach (var (part, token) in added.Split(text, normalized ? parts.Normalizer : null))
            if (token is not null)
                ids.Add(token.Id);
            else if (normalized)
                stages.AppendIds(part, ids);
            else
                scanner.AppendIds(part.Characters, part.Origin == 0, ids);
    }

    /// <summary>The special tokens before and behind a single text.</summary>
    static (int[] Before, int[] After) Around(IPostProcessor? processor)
    {
        const int text = -1;
        var ids = new List<int>();
        processor?.AppendIds(ids, [text], [], pair: false);
        var at = ids.IndexOf(text);
        return at < 0 ? ([], []) : ([.. ids[..at]], [.. ids[(at + 1)..]]);
    }

    /// <summary>Text of ids; ids outside the vocabulary are passed over.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = true)
    {
        var tokens = new List<string>();
        foreach (var id in ids)
            if (IdToToken(id) is { } token && !(skipSpecialTokens && added.IsSpecial(token)))
                tokens.Add(token);
        return parts.Decoder is { } decoder ? string.Concat(decoder.Decode(tokens)) : string.Join(' ', tokens);
    }

    /// <summary>Both halves tokenized, cut, and put into the template.</summary>
    Encoding Assemble(string text, string? pair, bool addSpecialTokens)
    {
        var first = EncodeHalf(text, 0);
        var second = pair is null ? null : EncodeHalf(pair, 1);
        if (Truncation is { } truncation)
            (first, second) = truncation.Apply(first, second, addSpecialTokens ? parts.PostProcessor?.AddedTokens(pair is not null) ?? 0 : 0);
        IReadOnlyList<Encoding> halves = second is null ? [first] : [first, second];
        return EncodingBuilder.Join(parts.PostProcessor?.Process(halves, addSpecialTokens) ?? halves);
    }

    Encoding EncodeHalf(string text, int sequence)
    {
        var result = new EncodingBuilder(text.Length / 4 + 4);
        var pieces = new List<NormalizedText>();
        var tokens = new List<PieceToken>();
        foreach (var (part, token) in added.Split(NormalizedText.From(text), parts.Normalizer))
        {
            if (token is not null)
            {
                result.Add(token.Id, part.ToString(), part.Source(0, part.Length), sequence, sequence);
                continue;
            }
            pieces.Clear();
            if (parts.PreTokenizer is { } preTokenizer)
                preTokenizer.PreTokenize(part, pieces);
            else
                pieces.Add(part);
            foreach (var piece in pieces)
            {
                if (piece.Length == 0)
                    continue;
                tokens.Clear();
                parts.Model.Tokenize(piece.Characters, tokens);
                foreach (var (id, start, end, verbatim) in tokens)
                    result.Add(id, verbatim ? piece.Characters[start..end].ToString() : parts.Model.IdToToken(id)!, piece.Source(start, end - start), sequence, sequence);
            }
        }
        return result.Build();
    }
}
