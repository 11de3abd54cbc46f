using System.Buffers;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Retrieval.Seeds;

/// <summary>Texts that are a page's frame and not its content. Rules of thumb, in English where they look for phrases.</summary>
public static class Boilerplate
{
    /// <summary>A phrase in so many words of text.</summary>
    const int WordsAPhrase = 40;

    const int FewestLines = 8, MenuWords = 3, RunWords = 5, FewestRuns = 50;
    const double MenuShare = 0.8, RepeatedShare = 0.5, LinkCharacters = 0.4;
    const int FewestLinks = 3, WordsALink = 6;

    static readonly SearchValues<string> phrases = SearchValues.Create(
        [
            "all rights reserved", "privacy policy", "cookie policy", "we use cookies", "accept cookies", "terms of use", "terms of service", "terms and conditions",
            "subscribe to our", "sign up for our", "newsletter", "click here", "read more", "skip to content", "enable javascript", "lorem ipsum",
            "log in to", "share on facebook", "share on twitter", "follow us on", "powered by", "add to cart", "page not found", "copyright ©", "back to top",
        ], StringComparison.OrdinalIgnoreCase);

    static readonly SearchValues<string> links = SearchValues.Create(["http://", "https://", "www.", "]("], StringComparison.OrdinalIgnoreCase);

    /// <summary><c>notices</c>, <c>menu</c> or <c>repeats</c>: what the text is instead of content; null: it is content.</summary>
    /// <param name="words">Of the text (<see cref="TextTokens"/>).</param>
    public static string? Find(string text, List<ulong> words)
    {
        var hits = Count(text, phrases);
        if (hits >= 2 && hits * WordsAPhrase >= words.Count || hits == 1 && words.Count <= WordsAPhrase)
            return "notices";
        if (IsMenu(text))
            return "menu";
        return Repeats(words) ? "repeats" : null;
    }

    /// <summary>Whether addresses make up most of the text, or a link comes with every few words.</summary>
    /// <param name="words">Words of the text, those of its addresses included.</param>
    public static bool IsLinkList(string text, int words)
    {
        var (found, characters, inside) = (0, 0, 0);
        for (var rest = text.AsSpan(); rest.IndexOfAny(links) is var at && at >= 0;)
        {
            rest = rest[at..];
            var end = rest.IndexOfAny(" \t\r\n)>\"");
            var link = rest[..(end < 0 ? rest.Length : Math.Max(end, 2))];
            // "](https://..." is one link.
            if (link.StartsWith("](") && link.Length == 2 && rest.Length > 2)
                link = rest[..Math.Max(2, rest[2..].IndexOf(')') + 2)];
            (found, characters, inside) = (found + 1, characters + link.Length, inside + WordsOf(link));
            rest = rest[link.Length..];
        }
        return found >= FewestLinks && (characters >= LinkCharacters * text.Length || found * WordsALink >= words - inside);
    }

    static int Count(string text, SearchValues<string> values)
    {
        var count = 0;
        for (var rest = text.AsSpan(); rest.IndexOfAny(values) is var at && at >= 0; rest = rest[(at + 2)..])
            count++;
        return count;
    }

    static bool IsMenu(string text)
    {
        var (lines, items) = (0, 0);
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (line.Length == 0)
                continue;
            lines++;
            var plain = char.IsUpper(line[0]) && !line.ContainsAnyExcept(letters);
            items += plain && WordsOf(line) <= MenuWords ? 1 : 0;
        }
        return lines >= FewestLines && items >= MenuShare * lines;
    }

    static readonly SearchValues<char> letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz &'-");

    static bool Repeats(List<ulong> words)
    {
        var total = words.Count - RunWords + 1;
        if (total < FewestRuns)
            return false;
        var different = new HashSet<ulong>(total);
        for (var i = 0; i < total; i++)
        {
            var run = 0UL;
            for (var j = 0; j < RunWords; j++)
                run = run * 0x9E3779B97F4A7C15 + words[i + j];
            different.Add(run);
        }
        return different.Count < (1 - RepeatedShare) * total;
    }

    static int WordsOf(ReadOnlySpan<char> text)
    {
        var (count, inside) = (0, false);
        foreach (var c in text)
        {
            var letter = char.IsLetterOrDigit(c);
            count += letter && !inside ? 1 : 0;
            inside = letter;
        }
        return count;
    }
}
