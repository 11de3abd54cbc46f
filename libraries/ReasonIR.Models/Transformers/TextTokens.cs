using System.Buffers;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Limits;

namespace ReasonIR.Models.Transformers;

/// <summary>A text as a transformer reads it.</summary>
/// <param name="Ids">Special tokens included, cut to the limit.</param>
/// <param name="Prompt">Leading tokens that belong to the prompt, the special ones before it included; 0 without a prompt.</param>
/// <param name="Total">Tokens before the cut.</param>
/// <param name="PromptStable">Whether the prompt has the same tokens with the text behind it as alone. Where not, no token is the prompt's last.</param>
public readonly record struct TokenizedText(int[] Ids, int Prompt, int Total = 0, bool PromptStable = true);

/// <summary>
/// Tokenizes for a model: the prompt before the text as it stands, special tokens around, the text cut to the limit. The truncation and
/// padding that tokenizer.json itself carries do not count (sentence-transformers overrides both).
/// </summary>
public sealed class TextTokens
{
    readonly Tokenizer tokenizer;
    readonly int before, after;
    readonly bool cutLeft, excludesPrompt;
    PromptIds? lastPrompt;

    /// <param name="tokenizer">Its own truncation and padding do not count.</param>
    /// <param name="maxTokens">The model's limit, special tokens included.</param>
    /// <param name="excludesPrompt">The prompt's tokens do not count in the pooling: a text that changes them is refused.</param>
    public TextTokens(Tokenizer tokenizer, int maxTokens, bool excludesPrompt = false)
    {
        this.excludesPrompt = excludesPrompt;
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
    /// <param name="excludesPrompt">Whether the prompt's tokens are left out of the pooling; null: as the folder says.</param>
    /// <param name="tokenizer">What <see cref="LoadTokenizer"/> gives; null: it is read here.</param>
    public static TextTokens Open(SentenceTransformersFolder folder, TransformerModel transformer, bool? excludesPrompt = null, Tokenizer? tokenizer = null)
    {
        tokenizer ??= LoadTokenizer(folder);
        return tokenizer.VocabularySize <= transformer.VocabularySize
            ? new(tokenizer, Math.Min(folder.MaxTokens ?? int.MaxValue, transformer.MaxPositions), excludesPrompt ?? !folder.Pooling().IncludePrompt)
            : throw new InvalidDataException($"{folder.Path}: the tokenizer has {tokenizer.VocabularySize} tokens; the model has rows for {transformer.VocabularySize}.");
    }

    /// <summary>tokenizer.json from beside the adapter, the transformer or the modules, whichever has one first.</summary>
    public static Tokenizer LoadTokenizer(SentenceTransformersFolder folder)
    {
        string[] places = [folder.Adapter ?? folder.Body, folder.Body, folder.Path];
        var path = places.Select(place => Path.Combine(place, "tokenizer.json")).FirstOrDefault(File.Exists) ?? Path.Combine(folder.Path, "tokenizer.json");
        var tokenizer = folder.Settings.LowerCase ? LowerCasing.Load(path) : Tokenizer.Load(path);
        // The file's own truncation does not count, but for the side that it names where tokenizer_config.json names none.
        return folder.Settings.CutLeft is not { } left ? tokenizer : tokenizer.With(new Truncation(int.MaxValue, Direction: left ? Side.Left : Side.Right));
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
    /// <exception cref="UnstablePromptException">The text changes the prompt's tokens, and these are to be left out of the pooling.</exception>
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
        var lead = prompt.Length == 0 ? [] : Lead(prompt);
        var stable = ids.AsSpan().StartsWith(lead);
        if (!stable && excludesPrompt)
            throw new UnstablePromptException(prompt, text, lead, ids.AsSpan(0, Math.Min(ids.Length, lead.Length + 1)));
        var counted = lead.Length;
        if (ids.Length > max)
        {
            if (cut == TextCut.Refuse)
                throw new TextTooLongException(ids.Length, max);
            var atStart = cut == TextCut.Start || cut == TextCut.Default && cutLeft;
            counted = atStart ? Math.Max(Math.Min(before, counted), counted - (ids.Length - max)) : Math.Min(counted, max - after);
            ids = atStart ? [.. ids[..before], .. ids[^(max - before)..]] : [.. ids[..(max - after)], .. ids[^after..]];
        }
        return new(ids, counted, found.Count, stable);
    }

    /// <summary>The prompt's tokens, the special ones before it included and those after it not. The last prompt's are kept: it hardly ever changes.</summary>
    ReadOnlySpan<int> Lead(string prompt)
    {
        var last = lastPrompt;
        if (last?.Text != prompt)
            lastPrompt = last = new(prompt, tokenizer.EncodeIds(prompt)[..^after]);
        return last.Ids;
    }

    sealed record PromptIds(string Text, int[] Ids);

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
