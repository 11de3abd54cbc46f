using System.Buffers;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Limits;

namespace ReasonIR.Models.Transformers;

/// <summary>A text as a transformer reads it.</summary>
/// <param name="Ids">Special tokens included, cut to the limit.</param>
/// <param name="Prompt">Leading tokens that belong to the prompt, the special ones before it included; 0 without a prompt.</param>
/// <param name="Total">Tokens before the cut.</param>
public readonly record struct TokenizedText(int[] Ids, int Prompt, int Total = 0);

/// <summary>
/// Tokenizes for a model: the prompt before the text as it stands, special tokens around, the text cut to the limit. The truncation and
/// padding that tokenizer.json itself carries do not count (sentence-transformers overrides both).
/// </summary>
public sealed class TextTokens
{
    readonly Tokenizer tokenizer;
    readonly int before, after;
    readonly bool cutLeft;

    public TextTokens(Tokenizer tokenizer, int maxTokens)
    {
        cutLeft = tokenizer.Truncation?.Direction == Side.Left;
        (this.tokenizer, MaxTokens) = (tokenizer.With(null), maxTokens);
        // The special tokens that stay when a text is cut: those before and after it.
        var empty = this.tokenizer.EncodeIds("");
        var probe = this.tokenizer.EncodeIds("a");
        while (before < empty.Length && before < probe.Length && empty[before] == probe[before])
            before++;
        after = empty.Length - before;
        if (maxTokens <= before + after)
            throw new ArgumentException($"A limit of {maxTokens} tokens leaves none for the text beside {before + after} special ones.", nameof(maxTokens));
    }

    /// <summary>For a folder's model: tokenizer.json from beside the transformer or the modules, the limit the smaller of the folder's and the positions.</summary>
    public static TextTokens Open(SentenceTransformersFolder folder, TransformerModel transformer)
    {
        var body = folder.Find("Transformer")?.Folder ?? folder.Path;
        var beside = Path.Combine(body, "tokenizer.json");
        var tokenizer = Tokenizer.Load(File.Exists(beside) ? beside : Path.Combine(folder.Path, "tokenizer.json"));
        return tokenizer.VocabularySize <= transformer.VocabularySize
            ? new(tokenizer, Math.Min(folder.MaxTokens ?? int.MaxValue, transformer.MaxPositions))
            : throw new InvalidDataException($"{folder.Path}: the tokenizer has {tokenizer.VocabularySize} tokens; the model has rows for {transformer.VocabularySize}.");
    }

    /// <summary>Without truncation or padding.</summary>
    public Tokenizer Tokenizer => tokenizer;

    /// <summary>SHA-256 of tokenizer.json, hex.</summary>
    public string Hash => tokenizer.Hash;

    /// <summary>The model's limit, special tokens included.</summary>
    public int MaxTokens { get; }

    /// <summary>Tokens before the cut.</summary>
    public int Count(string text, string prompt) => tokenizer.EncodeIds(prompt + text).Length;

    /// <param name="limit">Tokens, special ones included; null: the model's own limit.</param>
    public TokenizedText Encode(string text, string prompt = "", int? limit = null) => Encode(text.AsSpan(), prompt, limit, TextCut.Default);

    /// <inheritdoc cref="Encode(string, string, int?)"/>
    /// <param name="cut">What becomes of a longer text.</param>
    /// <exception cref="TextTooLongException">It is longer, and <see cref="TextCut.Refuse"/> was asked for.</exception>
    public TokenizedText Encode(ReadOnlySpan<char> text, string prompt, int? limit, TextCut cut)
    {
        var max = Limit(limit);
        var found = new List<int>(text.Length / 4 + 8);
        if (prompt.Length == 0)
            tokenizer.AppendIds(text, found);
        else
        {
            var whole = ArrayPool<char>.Shared.Rent(prompt.Length + text.Length);
            prompt.CopyTo(whole);
            text.CopyTo(whole.AsSpan(prompt.Length));
            tokenizer.AppendIds(whole.AsSpan(0, prompt.Length + text.Length), found);
            ArrayPool<char>.Shared.Return(whole);
        }
        int[] ids = [.. found];
        if (ids.Length > max)
            ids = cut == TextCut.Refuse ? throw new TextTooLongException(ids.Length, max)
                : cut == TextCut.Start || cut == TextCut.Default && cutLeft ? [.. ids[..before], .. ids[^(max - before)..]]
                : [.. ids[..(max - after)], .. ids[^after..]];
        return new(ids, prompt.Length == 0 ? 0 : Math.Min(tokenizer.EncodeIds(prompt).Length - after, ids.Length - after), found.Count);
    }

    /// <summary>Ids as a caller has made them, special tokens included where it wants them: checked, and cut without regard to what they mean.</summary>
    /// <exception cref="ArgumentException">There are none, or one is no id of the vocabulary.</exception>
    /// <exception cref="TextTooLongException">They are more than the limit, and <see cref="TextCut.Refuse"/> was asked for.</exception>
    public TokenizedText FromIds(int[] ids, int? limit, TextCut cut)
    {
        var max = Limit(limit);
        if (ids.Length == 0)
            throw new ArgumentException("There are no token ids; one at least was expected.", nameof(ids));
        foreach (var id in ids)
            if (id < 0 || id >= tokenizer.VocabularySize)
                throw new ArgumentException($"{id} is no token id; 0 to {tokenizer.VocabularySize - 1} were expected.", nameof(ids));
        var kept = ids.Length <= max ? ids
            : cut == TextCut.Refuse ? throw new TextTooLongException(ids.Length, max)
            : cut == TextCut.Start || cut == TextCut.Default && cutLeft ? ids[^max..] : ids[..max];
        return new(kept, 0, ids.Length);
    }

    int Limit(int? limit) => Math.Min(limit ?? MaxTokens, MaxTokens) is var max && max > before + after
        ? max
        : throw new ArgumentException($"A limit of {max} tokens leaves none for the text beside {before + after} special ones.", nameof(limit));
}
