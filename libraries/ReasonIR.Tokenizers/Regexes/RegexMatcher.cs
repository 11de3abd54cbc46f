using System.Diagnostics;
using System.Text.RegularExpressions;
using ReasonIR.Tokenizers.Splitting;

namespace ReasonIR.Tokenizers.Regexes;

/// <summary>
/// Finds the matches of a regular expression of a tokenizer.json (Oniguruma's, Ruby's syntax) by .NET's engine, character by character. A
/// hostile pattern costs time up to a limit, not more. Thread-safe.
/// </summary>
sealed class RegexMatcher : IMatcher
{
    /// <summary>Longer patterns are refused, UTF-16 units.</summary>
    const int MostLength = 1 << 16;

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    readonly string source;
    readonly Regex regex;
    readonly Alphabet alphabet;

    /// <exception cref="FormatException">It is not a regular expression.</exception>
    /// <exception cref="NotSupportedException">It uses a construct that is not supported; the message names it.</exception>
    public RegexMatcher(string pattern)
    {
        if (pattern.Length > MostLength)
            throw new NotSupportedException($"a pattern of {pattern.Length} characters is not supported; {MostLength} are the most");
        source = pattern;
        (var translated, alphabet) = RegexWriter.Write(RegexParser.Parse(pattern));
        try
        {
            regex = new(translated, RegexOptions.CultureInvariant | RegexOptions.Compiled, Limit);
        }
        catch (ArgumentException error)
        {
            throw new NotSupportedException($"it has no counterpart in .NET: {error.Message}", error);
        }
    }

    /// <summary>The pattern as it was given.</summary>
    public string Source => source;

    /// <exception cref="TimeoutException">The pattern takes too long on this text.</exception>
    public List<TextMatch> Matches(ReadOnlySpan<char> text)
    {
        // The reference does not even look for an empty match in an empty text.
        if (text.IsEmpty)
            return [];
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
                return Find(text);
            var places = new List<int>(text.Length + 1);
            var matches = Find(alphabet.Translate(text, places));
            for (var i = 0; i < matches.Count; i++)
                matches[i] = new(places[matches[i].Start], places[matches[i].End]);
            return matches;
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new TimeoutException($"The tokenizer's regular expression '{source}' takes more than {Limit.TotalSeconds} seconds on a text of {text.Length} characters.", error);
        }
    }

    /// <summary>As the reference's search does: an empty match right behind the match before does not count.</summary>
    List<TextMatch> Find(ReadOnlySpan<char> text)
    {
        var matches = new List<TextMatch>();
        var last = -1;
        var began = Stopwatch.GetTimestamp();
        for (var from = 0; from <= text.Length;)
        {
            var found = regex.EnumerateMatches(text, from);
            if (!found.MoveNext())
                break;
            var (start, end) = (found.Current.Index, found.Current.Index + found.Current.Length);
            if (start == end && end == last)
            {
                from++;
                continue;
            }
            matches.Add(new(start, end));
            from = last = end;
            // The engine's own limit is that of one match.
            if (Stopwatch.GetElapsedTime(began) > Limit)
                throw new RegexMatchTimeoutException();
        }
        return matches;
    }
}
