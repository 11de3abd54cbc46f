namespace ReasonIR.Tokenizers.Regexes;

/// <summary>Sets in brackets: ranges, classes, sets in sets, intersections <c>&amp;&amp;</c>, POSIX names.</summary>
sealed partial class RegexParser
{
    /// <summary>Behind the opening bracket; reads its closing one.</summary>
    CodePointSet Bracket()
    {
        if (!Take('^'))
            return Folded(BracketItems());
        // What folds into several characters stays out of an opposite anyway.
        var set = BracketItems();
        return (options.IgnoreCase ? CaseFolding.Close(set) : set).Complement();
    }

    CodePointSet BracketItems()
    {
        if (++depth > MostDepth)
            throw new NotSupportedException($"sets nested more than {MostDepth} deep are not supported");
        CodePointSet? whole = null;
        var ranges = new List<(int First, int Last)>();
        for (var first = true; ; first = false)
        {
            if (at == pattern.Length)
                throw new FormatException("a set without its ]");
            // A ] right at the start is one of the characters.
            if (Next(']') && !first)
                break;
            if (Next('&') && at + 1 < pattern.Length && pattern[at + 1].Value == '&')
            {
                at += 2;
                whole = Intersected();
                ranges.Clear();
                continue;
            }
            BracketItem(ranges);
        }
        at++;
        depth--;
        return Intersected();

        CodePointSet Intersected()
        {
            var part = CodePointSet.Of(ranges);
            return whole is null ? part : whole.Intersect(part);
        }
    }

    void BracketItem(List<(int First, int Last)> ranges)
    {
        if (Item() is { } set)
        {
            ranges.AddRange(set.Ranges);
            // Behind a class a - is itself only at the end.
            if (Next('-') && at + 1 < pattern.Length && pattern[at + 1].Value != ']')
                throw Unsupported("a range that begins with a class");
            return;
        }
        var first = BracketCharacter();
        if (!Next('-') || at + 1 >= pattern.Length || pattern[at + 1].Value == ']')
        {
            ranges.Add((first, first));
            return;
        }
        at++;
        if (Item() is not null)
            throw Unsupported("a range that ends with a class");
        var last = BracketCharacter();
        ranges.Add(first <= last ? (first, last) : throw new FormatException($"character {at}: a range whose end lies before its start"));
        // [a-b-c]: the second - is itself.
        if (Next('-') && at + 1 < pattern.Length && pattern[at + 1].Value != ']')
        {
            ranges.Add(('-', '-'));
            at++;
        }
    }

    /// <summary>A class, a POSIX name or a set in the set; null for a character, with nothing read.</summary>
    CodePointSet? Item()
    {
        if (Next('[') && at + 1 < pattern.Length && pattern[at + 1].Value == ':' && PosixName() is { } named)
            return named;
        if (Take('['))
        {
            var negated = Take('^');
            var inner = BracketItems();
            return negated ? inner.Complement() : inner;
        }
        var start = at;
        if (Take('\\') && at < pattern.Length && ClassEscape(inBrackets: true) is { } set)
            return set;
        at = start;
        return null;
    }

    /// <summary><c>[:alpha:]</c>, <c>[:^alpha:]</c>; null where it does not end so.</summary>
    CodePointSet? PosixName()
    {
        var start = at;
        at += 2;
        var negated = Take('^');
        var from = at;
        while (at < pattern.Length && pattern[at].IsAscii && char.IsAsciiLetter((char)pattern[at].Value))
            at++;
        var name = string.Concat(pattern[from..at]);
        if (!(Take(':') && Take(']')))
        {
            at = start;
            return null;
        }
        var set = CharacterProperties.Posix(name) ?? throw new NotSupportedException($"character {start + 1}: the class '[:{name}:]' is not supported");
        return negated ? set.Complement() : set;
    }

    int BracketCharacter()
    {
        if (at == pattern.Length)
            throw new FormatException("a set without its ]");
        var sign = pattern[at++].Value;
        if (sign != '\\')
            return sign;
        if (at == pattern.Length)
            throw new FormatException("a backslash at the end");
        return Take('b') ? '\b' : Character();
    }
}
