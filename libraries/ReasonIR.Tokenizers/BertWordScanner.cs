using System.Text;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.Text;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers;

/// <summary>Takes the words of a text, one at a time. A struct, so that the call is direct.</summary>
interface IWordSink
{
    void Add(scoped ReadOnlySpan<char> word);
}

/// <summary>
/// BertNormalizer and BertPreTokenizer in one pass over the characters: no alignment, no pieces, ASCII through a table. Gives exactly the
/// words that the two stages give (tested through the ids). Thread-safe.
/// </summary>
sealed class BertWordScanner
{
    const char Drop = '\0', Space = ' ', Other = '\uFFFF';

    readonly BertNormalizer normalizer;
    readonly char[] ascii = new char[128];
    readonly bool[] punctuation = new bool[128];

    public BertWordScanner(BertNormalizer normalizer)
    {
        this.normalizer = normalizer;
        for (var c = 0; c < 128; c++)
        {
            // Without clean_text a control character stays what it is; BertPreTokenizer then splits at those that are white space.
            var mapped = normalizer.Map(new Rune(c)).Text;
            ascii[c] = mapped.Length == 0 ? Drop : Rune.IsWhiteSpace(new Rune(mapped[0])) ? Space : mapped[0] == Drop ? Other : mapped[0];
            punctuation[c] = Categories.IsPunctuation(new Rune(mapped.Length == 0 ? 0 : mapped[0]));
        }
    }

    public void Scan<TSink>(ReadOnlySpan<char> text, ref TSink sink) where TSink : IWordSink
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
                var map = normalizer.Map(rune);
                // Marks that may change places: the rest of the text is normalized as a whole. What is before it stays.
                ReadOnlySpan<char> parts = map.Text;
                if (map.Reorders)
                {
                    parts = normalizer.Normalize(NormalizedText.Untracked(text[(i - used)..])).Characters;
                    i = text.Length;
                }
                foreach (var part in parts.EnumerateRunes())
                {
                    var alone = Categories.IsPunctuation(part);
                    if (alone || Rune.IsWhiteSpace(part))
                        Flush(word, ref length, ref sink);
                    if (alone || !Rune.IsWhiteSpace(part))
                        Append(part, ref word, ref length);
                    if (alone)
                        Flush(word, ref length, ref sink);
                }
                continue;
            }
            i++;
            if (mapped == Space)
                Flush(word, ref length, ref sink);
            else if (punctuation[c])
            {
                Flush(word, ref length, ref sink);
                sink.Add([mapped]);
            }
            else if (mapped != Drop)
            {
                if (length == word.Length)
                    Grow(ref word, length);
                word[length++] = mapped;
            }
        }
        Flush(word, ref length, ref sink);
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

    static void Flush<TSink>(scoped ReadOnlySpan<char> word, ref int length, ref TSink sink) where TSink : IWordSink
    {
        if (length > 0)
            sink.Add(word[..length]);
        length = 0;
    }
}
