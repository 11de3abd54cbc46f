using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Limits;

namespace ReasonIR.Models.Transformers;

/// <summary>A text as a transformer reads it.</summary>
/// <param name="Ids">Special tokens included, cut to the limit.</param>
/// <param name="Prompt">Leading tokens that belong to the prompt, the special ones before it included; 0 without a prompt.</param>
public readonly record struct TokenizedText(int[] Ids, int Prompt);

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

    /// <summary>SHA-256 of tokenizer.json, hex.</summary>
    public string Hash => tokenizer.Hash;

    /// <summary>The model's limit, special tokens included.</summary>
    public int MaxTokens { get; }

    /// <summary>Tokens before the cut.</summary>
    public int Count(string text, string prompt) => tokenizer.EncodeIds(prompt + text).Length;

    /// <param name="limit">Tokens, special ones included; null: the model's own limit.</param>
    public TokenizedText Encode(string text, string prompt = "", int? limit = null)
    {
        var max = Math.Min(limit ?? MaxTokens, MaxTokens);
        if (max <= before + after)
            throw new ArgumentException($"A limit of {max} tokens leaves none for the text beside {before + after} special ones.", nameof(limit));
        var ids = tokenizer.EncodeIds(prompt + text);
        if (ids.Length > max)
            ids = cutLeft ? [.. ids[..before], .. ids[^(max - before)..]] : [.. ids[..(max - after)], .. ids[^after..]];
        return new(ids, prompt.Length == 0 ? 0 : Math.Min(tokenizer.EncodeIds(prompt).Length - after, ids.Length - after));
    }
}
