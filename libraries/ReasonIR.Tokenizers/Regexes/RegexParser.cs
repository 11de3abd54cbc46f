using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Regexes;

/// <summary>
/// Parses the regular expressions of tokenizer.json files: Oniguruma's, with Ruby's syntax, which is what Hugging Face's library reads them
/// with. So <c>^</c> and <c>$</c> are those of a line, <c>(?m)</c> lets the dot match a line end, <c>x{2}+</c> repeats a repetition while
/// <c>x++</c> is possessive. A construct that is valid but not supported is an error that names it.
/// </summary>
sealed partial class RegexParser
{
    /// <summary>Deeper nesting is refused.</summary>
    const int MostDepth = 200;

    /// <summary>More repetitions are refused, as in Oniguruma.</summary>
    const int MostRepeats = 100_000;

    readonly record struct Options(bool IgnoreCase, bool DotAll, bool Extended);

    readonly Rune[] pattern;
    int at, depth;
    Options options;

    RegexParser(string pattern) => this.pattern = [.. pattern.EnumerateRunes()];

    /// <exception cref="FormatException">It is not a regular expression.</exception>
    /// <exception cref="NotSupportedException">It uses a construct that is not supported.</exception>
    public static RegexNode Parse(string pattern)
    {
        var parser = new RegexParser(pattern);
        var node = parser.Choice();
        if (parser.at < parser.pattern.Length)
            throw new FormatException($"character {parser.at + 1}: a ) without its (");
        return node;
    }

    RegexNode Choice()
    {
        if (++depth > MostDepth)
            throw new NotSupportedException($"groups nested more than {MostDepth} deep are not supported");
        var outer = options;
        var choices = new List<RegexNode> { Sequence() };
        while (Take('|'))
            choices.Add(Sequence());
        options = outer;
        depth--;
        return choices.Count == 1 ? choices[0] : new ChoiceNode(choices);
    }

    SequenceNode Sequence()
    {
        var parts = new List<RegexNode>();
        while (at < pattern.Length && !Next('|') && !Next(')'))
        {
            if (options.Extended && SkipBlank())
                continue;
            // Options without a group hold to the end of the group they stand in, the choices after a | included.
            if (Lone() is { } lone)
            {
                parts.Add(lone);
                continue;
            }
            var part = Repeats(Atom());
            if (options.IgnoreCase && parts.LastOrDefault() is CharacterNode before && part is CharacterNode after)
                RequireSimpleFolding(before, after);
            parts.Add(part);
        }
        return new(parts);
    }

    /// <summary><c>(?i)</c>, <c>(?i-m)</c>: the rest of this group, up to its end, is a group with other options.</summary>
    RegexNode? Lone()
    {
        var start = at;
        if (!(Take('(') && Take('?') && ReadOptions() is { } changed && Take(')')))
        {
            at = start;
            return null;
        }
        options = changed;
        var rest = Choice();
        options = changed;
        return new GroupNode(GroupKind.Plain, rest);
    }

    Options? ReadOptions()
    {
        var changed = options;
        var on = true;
        for (; at < pattern.Length; at++)
            switch (pattern[at].Value)
            {
                case '-': on = false; break;
                case 'i': changed = changed with { IgnoreCase = on }; break;
                case 'm': changed = changed with { DotAll = on }; break;
                case 'x': changed = changed with { Extended = on }; break;
                default: return changed;
            }
        return changed;
    }

    RegexNode Atom()
    {
        var start = at;
        switch (pattern[at++].Value)
        {
            case '(': return Group();
            case '[': return new CharacterNode(Bracket());
            case '.': return new CharacterNode(options.DotAll ? CodePointSet.All : CodePointSet.Of('\n').Complement());
            case '^': return new PlaceNode(Place.LineStart);
            case '$': return new PlaceNode(Place.LineEnd);
            case '\\': return Escape();
            case '*' or '+' or '?': throw new FormatException($"character {at}: nothing to repeat");
            default: return Literal(pattern[start].Value);
        }
    }

    CharacterNode Literal(int codePoint) => new(Folded(CodePointSet.Of(codePoint)));

    CodePointSet Folded(CodePointSet set)
    {
        if (!options.IgnoreCase)
            return set;
        if (CaseFolding.FoldsIntoSeveral(set))
            throw new NotSupportedException($"character {at}: (?i) with a character whose case folding is several characters is not supported");
        return CaseFolding.Close(set);
    }

    void RequireSimpleFolding(CharacterNode before, CharacterNode after)
    {
        // Only single letters: a set in brackets does not join with its neighbor.
        if (before.Set.Ranges.Count <= 4 && after.Set.Ranges.Count <= 4
            && before.Set.CodePoints().Take(8).Any(first => after.Set.CodePoints().Take(8).Any(second => CaseFolding.AreFoldingOfOne(first, second))))
            throw new NotSupportedException($"character {at}: (?i) with letters that are the case folding of one character (as ss is of \u00DF) is not supported");
    }

    RegexNode Group()
    {
        if (Next('*'))
            throw Unsupported("a callout (*...)");
        if (!Take('?'))
            return Close(GroupKind.Plain);
        if (at == pattern.Length)
            throw new FormatException("a group without its end");
        var sign = pattern[at++].Value;
        switch (sign)
        {
            case ':': return Close(GroupKind.Plain);
            case '=': return Close(GroupKind.Ahead);
            case '!': return Close(GroupKind.NotAhead);
            case '>': return Close(GroupKind.Atomic);
            case '#':
                while (at < pattern.Length && pattern[at].Value != ')')
                    at++;
                Expect(')');
                return new SequenceNode([]);
            case '<' when Take('='): return Close(GroupKind.Behind);
            case '<' when Take('!'): return Close(GroupKind.NotBehind);
            case '<' or '\'':
                SkipName(sign == '<' ? '>' : '\'');
                return Close(GroupKind.Plain);
            case '~': throw Unsupported("an absent group (?~...)");
            case '(': throw Unsupported("a condition (?(...)...)");
            case '{': throw Unsupported("a callout (?{...})");
        }
        at--;
        var outer = options;
        if (ReadOptions() is not { } changed || !Take(':'))
            throw Unsupported($"the group option '(?{(at < pattern.Length ? pattern[at].ToString() : "")}'");
        options = changed;
        var group = Close(GroupKind.Plain);
        options = outer;
        return group;
    }

    GroupNode Close(GroupKind kind)
    {
        var part = Choice();
        Expect(')');
        return new(kind, part);
    }

    void SkipName(char end)
    {
        var start = at;
        while (at < pattern.Length && pattern[at].Value != end)
            at++;
        Expect(end);
        var name = string.Concat(pattern[start..(at - 1)]);
        if (name.Length == 0 || !(char.IsLetter(name[0]) || name[0] == '_') || !name.All(c => char.IsLetterOrDigit(c) || c == '_'))
            throw new FormatException($"character {start + 1}: '{name}' is not the name of a group");
    }

    bool SkipBlank()
    {
        if (Rune.IsWhiteSpace(pattern[at]))
        {
            at++;
            return true;
        }
        if (!Next('#'))
            return false;
        while (at < pattern.Length && pattern[at].Value != '\n')
            at++;
        return true;
    }

    bool Next(char character) => at < pattern.Length && pattern[at].Value == character;

    bool Take(char character)
    {
        if (!Next(character))
            return false;
        at++;
        return true;
    }

    void Expect(char character)
    {
        if (!Take(character))
            throw new FormatException($"character {at + 1}: '{character}' is missing");
    }

    NotSupportedException Unsupported(string what) => new($"character {at}: {what} is not supported");

    static int? Digits(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
