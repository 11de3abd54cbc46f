namespace ReasonIR.Tokenizers.Regexes;

/// <summary>Repetitions: <c>? * + {n} {n,} {,m} {n,m}</c>, lazy with <c>?</c>; the first three possessive with <c>+</c>.</summary>
sealed partial class RegexParser
{
    RegexNode Repeats(RegexNode part)
    {
        for (var any = false; ; any = true)
        {
            if (options.Extended)
                while (at < pattern.Length && SkipBlank()) { }
            if (ReadRepeat() is not var (least, most, counted))
                return part;
            if (part is PlaceNode || !any && part is GroupNode { Kind: GroupKind.Ahead or GroupKind.NotAhead or GroupKind.Behind or GroupKind.NotBehind })
                throw new FormatException($"character {at}: a place cannot be repeated");
            if (Take('?'))
                // Ruby: x{2}? is (?:x{2})?, greedy.
                part = counted && least == most
                    ? new RepeatNode(new RepeatNode(part, least, most, Greed.Greedy), 0, 1, Greed.Greedy)
                    : new RepeatNode(part, least, most, Greed.Lazy);
            else
                part = new RepeatNode(part, least, most, !counted && Take('+') ? Greed.Possessive : Greed.Greedy);
        }
    }

    (int Least, int? Most, bool Counted)? ReadRepeat()
    {
        if (Take('*'))
            return (0, null, false);
        if (Take('+'))
            return (1, null, false);
        if (Take('?'))
            return (0, 1, false);
        var start = at;
        if (!Take('{'))
            return null;
        var (least, most) = (Number(), default(int?));
        var comma = Take(',');
        if (comma)
            most = Number();
        // What is no count is literal text.
        if (least is null && most is null || !Take('}'))
        {
            at = start;
            return null;
        }
        if (!comma)
            most = least;
        if (least > MostRepeats || most > MostRepeats)
            throw new FormatException($"character {at}: more than {MostRepeats} repetitions");
        if (most < least)
            throw Unsupported("a count whose end lies before its start");
        return (least ?? 0, most, true);
    }

    int? Number()
    {
        var start = at;
        while (at < pattern.Length && pattern[at].Value is >= '0' and <= '9')
            at++;
        return at == start ? null : Digits(string.Concat(pattern[start..at])) ?? int.MaxValue;
    }
}
