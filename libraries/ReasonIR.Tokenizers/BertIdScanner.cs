using System.Text;
using ReasonIR.Tokenizers.Models;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.PreTokenizers;

namespace ReasonIR.Tokenizers;

/// <summary>
/// The pipeline BertNormalizer, BertPreTokenizer, WordPiece in one pass over the characters, for ids alone: no alignment, no pieces,
/// ASCII through a table. Gives exactly what the stages give one by one (tested). Thread-safe.
/// </summary>
sealed class BertIdScanner
{
    const char Drop = '\0', Space = ' ', Other = '\uFFFF';

    readonly BertNormalizer normalizer;
    readonly WordPiece model;
    readonly char[] ascii = new char[128];
    readonly bool[] punctuation = new bool[128];

    public BertIdScanner(BertNormalizer normalizer, WordPiece model)
    {
        (this.normalizer, this.model) = (normalizer, model);
        for (var c = 0; c < 128; c++)
        {
            // Without clean_text a control character stays what it is; BertPreTokenizer then splits at those that are white space.
            var mapped = normalizer.Map(new Rune(c));
            ascii[c] = mapped.Length == 0 ? Drop : Rune.IsWhiteSpace(new Rune(mapped[0])) ? Space : mapped[0] == Drop ? Other : mapped[0];
            punctuation[c] = BertPreTokenizer.IsPunctuation(new Rune(mapped.Length == 0 ? 0 : mapped[0]));
        }
    }

    /// <summary>Appends the ids of a text that holds no added token; no special tokens.</summary>
    public void AppendIds(ReadOnlySpan<char> text, List<int> ids)
    {
        Span<char> word = stackalloc char[256];
        var length = 0;
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            var mapped = c < 128 ? ascii[c] : Other;
            if (mapped == Other)
            {
                Rune.DecodeFromUtf16(text[i..], out var rune, out var used);
                i += used;
                foreach (var part in normalizer.Map(rune).AsSpan().EnumerateRunes())
                    if (Rune.IsWhiteSpace(part))
                        Flush(word, ref length, ids);
                    else if (BertPreTokenizer.IsPunctuation(part))
                    {
                        Flush(word, ref length, ids);
                        Append(part, ref word, ref length);
                        Flush(word, ref length, ids);
                    }
                    else
                        Append(part, ref word, ref length);
                continue;
            }
            i++;
            if (mapped == Space)
                Flush(word, ref length, ids);
            else if (punctuation[c])
            {
                Flush(word, ref length, ids);
                model.AppendIds([mapped], ids);
            }
            else if (mapped != Drop)
            {
                if (length == word.Length)
                    Grow(ref word, length);
                word[length++] = mapped;
            }
        }
        Flush(word, ref length, ids);
    }

    static void Append(Rune rune, ref Span<char> word, ref int length)
    {
        if (length + 2 > word.Length)
            Grow(ref word, length);
        length += rune.EncodeToUtf16(word[length..]);
    }

    static void Grow(ref Span<char> word, int length)
    {
        var larger = new char[word.Length * 2];
        word[..length].CopyTo(larger);
        word = larger;
    }

    void Flush(ReadOnlySpan<char> word, ref int length, List<int> ids)
    {
        if (length > 0)
            model.AppendIds(word[..length], ids);
        length = 0;
    }
}
