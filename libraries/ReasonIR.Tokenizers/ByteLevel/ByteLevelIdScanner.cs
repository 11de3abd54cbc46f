using System.Buffers;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Models.Bpe;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>
/// Byte-level BPE for ids alone: one pass over the characters finds the words, the cache knows most of them, the others are merged from their
/// bytes without strings or alignment. Linear in the text but for the n log n of a long word. Thread-safe.
/// </summary>
/// <typeparam name="TPattern">How texts are cut into words.</typeparam>
sealed class ByteLevelIdScanner<TPattern> : IIdScanner where TPattern : IWordPattern
{
    readonly BpeModel model;
    readonly UnicodeNormalizer? normalizer;
    readonly bool addPrefixSpace;
    readonly int[] byteIds;
    readonly bool plain;
    readonly WordCache cache = new();

    public ByteLevelIdScanner(BpeModel model, UnicodeNormalizer? normalizer, bool addPrefixSpace)
    {
        (this.model, this.normalizer, this.addPrefixSpace) = (model, normalizer, addPrefixSpace);
        byteIds = [.. ByteAlphabet.Characters.ToArray().Select(character => model.Vocabulary.Id([character]))];
        plain = Array.TrueForAll(byteIds, id => id >= 0) && model.Options is { ContinuingPrefix: "", EndSuffix: "" };
    }

    public void AppendIds(ReadOnlySpan<char> text, bool first, List<int> ids)
    {
        if (normalizer is not null && !normalizer.Leaves(text))
            text = normalizer.Normalize(NormalizedText.Untracked(text)).Characters;
        if (addPrefixSpace && text is [not ' ', ..])
            text = string.Concat(" ", text);
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = TPattern.End(text, start);
            AppendWord(text[start..end], ids);
        }
    }

    void AppendWord(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length > WordCache.LongestWord)
        {
            Tokenize(word, ids);
            return;
        }
        var key = WordCache.KeyOf(word);
        if (cache.Find(word, key) is { } known)
        {
            known.AppendTo(ids);
            return;
        }
        var before = ids.Count;
        Tokenize(word, ids);
        cache.Add(word, key, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids)[before..]);
    }

    void Tokenize(ReadOnlySpan<char> word, List<int> ids)
    {
        var most = word.Length * 3;
        var rentedBytes = ArrayPool<byte>.Shared.Rent(most);
        var rentedCharacters = ArrayPool<char>.Shared.Rent(most);
        var rentedSymbols = ArrayPool<int>.Shared.Rent(most);
        var bytes = rentedBytes.AsSpan(0, System.Text.Encoding.UTF8.GetBytes(word, rentedBytes));
        var characters = rentedCharacters.AsSpan(0, bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
            characters[i] = ByteAlphabet.Characters[bytes[i]];
        if (!plain)
        {
            var tokens = new List<PieceToken>();
            model.Tokenize(characters, tokens);
            ids.AddRange(tokens.Select(token => token.Id));
        }
        else if (model.Options.IgnoreMerges && model.Vocabulary.Id(characters) is var whole and >= 0)
            ids.Add(whole);
        else
        {
            var symbols = rentedSymbols.AsSpan(0, bytes.Length);
            for (var i = 0; i < bytes.Length; i++)
                symbols[i] = byteIds[bytes[i]];
            ids.AddRange(symbols[..model.Merger.Merge(symbols, [])]);
        }
        ArrayPool<byte>.Shared.Return(rentedBytes);
        ArrayPool<char>.Shared.Return(rentedCharacters);
        ArrayPool<int>.Shared.Return(rentedSymbols);
    }
}
