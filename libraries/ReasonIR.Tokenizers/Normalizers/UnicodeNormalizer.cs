using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Tokenizers.Text;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>NFC, NFD, NFKC, NFKD (Unicode 9.0's characters), with the offsets of the reference.</summary>
public sealed class UnicodeNormalizer : INormalizer
{
    readonly bool compose;
    readonly Func<Rune, string> decompose;

    /// <summary>Characters below it are left as they are and neither compose with what is before them nor reorder.</summary>
    readonly char firstChanging;

    public UnicodeNormalizer(NormalizationForm form)
    {
        Decompositions.Require(form.ToString());
        Form = form;
        compose = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        decompose = form is NormalizationForm.FormC or NormalizationForm.FormD ? Decompositions.Canonical : Decompositions.Compatible;
        firstChanging = form switch { NormalizationForm.FormC => '\u0300', NormalizationForm.FormD => '\u00C0', _ => '\u00A0' };
    }

    public NormalizationForm Form { get; }

    /// <summary>Whether a text stays as it is, told by a glance at its characters; false is not certain.</summary>
    internal bool Leaves(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAnyInRange(firstChanging, char.MaxValue);
        return at < 0 || Form == NormalizationForm.FormC && ComposedCharacters.StayAsTheyAre(text[at..]);
    }

    public NormalizedText Normalize(NormalizedText text)
    {
        var characters = text.Characters;
        if (Leaves(characters))
            return text;
        var at = NextChange(characters, 0);
        var result = new AlignedChanges(text);
        var buffer = new List<Noted>();
        for (var done = 0; done < characters.Length; at = NextChange(characters, done))
        {
            if (at > done)
                result.Keep(done, at);
            done = SegmentEnd(characters, at);
            Segment(characters[at..done], buffer);
            foreach (var noted in buffer)
                result.Add(noted.Character, noted.Change);
        }
        return result.Build();
    }

    /// <summary>Where a stretch begins that may change: the character before the first that is not plain, since they may compose.</summary>
    int NextChange(ReadOnlySpan<char> text, int from)
    {
        var found = text[from..].IndexOfAnyInRange(firstChanging, char.MaxValue);
        return found < 0 ? text.Length : found == 0 ? from : from + found - 1;
    }

    /// <summary>Where the stretch ends: at a plain character that another plain one follows.</summary>
    int SegmentEnd(ReadOnlySpan<char> text, int from)
    {
        for (var i = from + 1; i < text.Length; i++)
            if (text[i] < firstChanging && (i + 1 == text.Length || text[i + 1] < firstChanging))
                return i;
        return text.Length;
    }

    void Segment(ReadOnlySpan<char> text, List<Noted> buffer)
    {
        buffer.Clear();
        var marks = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var change = 0;
            foreach (var part in decompose(rune).EnumerateRunes())
            {
                var noted = new Noted(part, CombiningClasses.Of(part), change);
                change = 1;
                if (noted.Class == 0)
                {
                    SortMarks(buffer, marks);
                    marks = buffer.Count + 1;
                }
                buffer.Add(noted);
            }
        }
        SortMarks(buffer, marks);
        if (compose)
            Compose(buffer);
    }

    /// <summary>By their class, those of one class in their order.</summary>
    static void SortMarks(List<Noted> buffer, int start)
    {
        var count = buffer.Count - start;
        if (count > 1)
        {
            Noted[] sorted = [.. buffer.Skip(start).OrderBy(noted => noted.Class)];
            sorted.CopyTo(CollectionsMarshal.AsSpan(buffer)[start..]);
        }
    }

    /// <summary>In place: each mark that is not blocked joins the starter before it where a composite exists; a starter joins only the one right before it.</summary>
    static void Compose(List<Noted> buffer)
    {
        var (starter, count, lastClass) = (-1, 0, 0);
        for (var i = 0; i < buffer.Count; i++)
        {
            var noted = buffer[i];
            // Sorted marks: only a lower class stands between the starter and this one, unless its own class does.
            if (starter >= 0 && (count == starter + 1 || lastClass < noted.Class)
                && Compositions.TryCompose(buffer[starter].Character, noted.Character, out var composed))
            {
                buffer[starter] = new(composed, 0, buffer[starter].Change + noted.Change - 1);
                continue;
            }
            if (noted.Class == 0)
                starter = count;
            lastClass = noted.Class;
            buffer[count++] = noted;
        }
        buffer.RemoveRange(count, buffer.Count - count);
    }

    /// <summary>A character, its combining class, and its change note.</summary>
    readonly record struct Noted(Rune Character, int Class, int Change);
}
