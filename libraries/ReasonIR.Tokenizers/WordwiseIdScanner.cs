using System.Runtime.InteropServices;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Models.Bpe;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.Normalizers.Precompiled;
using ReasonIR.Tokenizers.PreTokenizers;
using ReasonIR.Tokenizers.Regexes;
using ReasonIR.Tokenizers.Splitting;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers;

/// <summary>
/// sentencepiece's pipelines (Unigram, BPE with space marks) word by word: where a single space stands between plain characters the stages do
/// the same with what is before it and behind it whether they see them together or apart, so that each part goes through all stages only
/// when it is met first, and comes from the cache after that. Thread-safe.
/// </summary>
sealed class WordwiseIdScanner : IIdScanner
{
    const char None = '\0';

    readonly StageIdScanner stages;
    readonly ITokenModel model;
    readonly WordCache cache = new();

    /// <summary>
    /// The graphic ASCII character that the normalizer makes of an ASCII character, whatever plain ones are beside it: neither a space that
    /// could join the one at the cut nor nothing at all nor the mark itself. The others are not plain.
    /// </summary>
    readonly char[] plain = new char[128];

    /// <summary>Before a word of plain characters.</summary>
    readonly string mark;

    /// <summary>Whether a word of plain characters becomes the plain characters of each, behind a mark: no replacement may span several.</summary>
    readonly bool characterwise;

    WordwiseIdScanner(TokenizerParts parts, string mark)
    {
        (stages, model, this.mark, characterwise) = (new(parts), parts.Model, mark, IsCharacterwise(parts.Normalizer));
        // Where the normalizer sets the marks it changes no other character.
        var normalizer = parts.PreTokenizer is null ? null : parts.Normalizer;
        for (var c = '!'; c <= '~'; c++)
            if ((normalizer?.Normalize(NormalizedText.Untracked([c])).ToString() ?? $"{c}") is [>= '!' and <= '~' and var mapped] && !mark.Contains(mapped))
                plain[c] = mapped;
    }

    /// <summary>null: this pipeline does not take texts apart at spaces.</summary>
    public static WordwiseIdScanner? For(TokenizerParts parts)
    {
        var wholeModel = parts.Model is BpeModel { CutsAtMarks: true };
        return parts switch
        {
            { PreTokenizer: Metaspace { Scheme: not PrependScheme.Never } marks } when (marks.Splits || wholeModel && marks.Mark is [BpeModel.Mark]) && IsLocal(parts.Normalizer) => new(parts, marks.Mark),
            { PreTokenizer: SequencePreTokenizer { PreTokenizers: [SplitPreTokenizer { DropsWhiteSpace: true }, Metaspace { Scheme: PrependScheme.Always, Splits: true } marks] } }
                when IsLocal(parts.Normalizer) => new(parts, marks.Mark),
            // Llama 2's and Mistral's files: the normalizer sets the marks.
            { PreTokenizer: null, Normalizer: SequenceNormalizer { Normalizers: [PrependNormalizer { Prefix: [BpeModel.Mark] },
                ReplaceNormalizer { Matcher: LiteralMatcher { Literal: " " }, Content: [BpeModel.Mark] }] } } when wholeModel => new(parts, $"{BpeModel.Mark}"),
            _ => null,
        };
    }

    /// <summary>Whether what it does to characters does not depend on anything beyond the space beside them, and spaces stay or join their neighbors.</summary>
    static bool IsLocal(INormalizer? normalizer) => normalizer switch
    {
        PrecompiledNormalizer map => map.KeepsSpaces,
        null or UnicodeNormalizer or LowercaseNormalizer or StripAccentsNormalizer or NmtNormalizer or StripNormalizer => true,
        ReplaceNormalizer replace when JoinsSpaces(replace) => true,
        ReplaceNormalizer { Matcher: LiteralMatcher literal, Content: var content } => !literal.Literal.Contains(' ') && !content.Contains(' '),
        SequenceNormalizer sequence => sequence.Normalizers.All(IsLocal),
        _ => false,
    };

    static bool IsCharacterwise(INormalizer? normalizer) => normalizer switch
    {
        ReplaceNormalizer replace => JoinsSpaces(replace),
        SequenceNormalizer { Normalizers: [PrependNormalizer, ReplaceNormalizer] } => true,
        SequenceNormalizer sequence => sequence.Normalizers.All(IsCharacterwise),
        _ => true,
    };

    /// <summary>bge-m3's way with several spaces.</summary>
    static bool JoinsSpaces(ReplaceNormalizer replace) => replace is { Matcher: RegexMatcher { Source: " {2,}" }, Content: " " or [BpeModel.Mark] };

    public void AppendIds(ReadOnlySpan<char> text, bool first, List<int> ids)
    {
        for (int start = 0, end; start < text.Length; start = end + 1)
        {
            end = WordEnd(text, start);
            AppendWord(text[start..end], start > 0 || first, ids);
        }
    }

    /// <summary>
    /// The next space with a plain character on either side, each with ASCII beyond it: no mark reaches over the cut, and neither character is
    /// part of a longer cluster.
    /// </summary>
    int WordEnd(ReadOnlySpan<char> text, int start)
    {
        for (int at = start, found; (found = text[at..].IndexOf(' ')) >= 0; at++)
        {
            at += found;
            if (at > start && IsPlain(text[at - 1]) && (at - 1 == start || char.IsAscii(text[at - 2]))
                && at + 1 < text.Length && IsPlain(text[at + 1]) && (at + 2 == text.Length || char.IsAscii(text[at + 2])))
                return at;
        }
        return text.Length;
    }

    bool IsPlain(char character) => character < 128 && plain[character] != None;

    void AppendWord(ReadOnlySpan<char> word, bool first, List<int> ids)
    {
        // Behind an added token a pipeline may set no mark: such a part is not what the cache knows.
        if (!first || word.Length > WordCache.LongestWord)
        {
            stages.AppendIds(word, first, ids);
            return;
        }
        var key = WordCache.KeyOf(word);
        if (cache.Find(word, key) is { } known)
        {
            known.AppendTo(ids);
            return;
        }
        var before = ids.Count;
        if (!characterwise || !TryAppendPlain(word, ids))
            stages.AppendIds(word, first, ids);
        cache.Add(word, key, CollectionsMarshal.AsSpan(ids)[before..]);
    }

    /// <summary>A word of plain characters without the stages.</summary>
    bool TryAppendPlain(ReadOnlySpan<char> word, List<int> ids)
    {
        Span<char> piece = stackalloc char[WordCache.LongestWord + 2];
        mark.CopyTo(piece);
        for (var i = 0; i < word.Length; i++)
            if (IsPlain(word[i]))
                piece[mark.Length + i] = plain[word[i]];
            else
                return false;
        if (word.Length > 0)
            model.AppendIds(piece[..(mark.Length + word.Length)], ids);
        return true;
    }
}
