using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Regexes;

/// <summary>What a backslash begins.</summary>
sealed partial class RegexParser
{
    static readonly CodePointSet LineEnds = CodePointSet.Of([(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)]);

    RegexNode Escape()
    {
        if (at == pattern.Length)
            throw new FormatException("a backslash at the end");
        if (ClassEscape(inBrackets: false) is { } set)
            return new CharacterNode(set);
        var sign = pattern[at].Value;
        switch (sign)
        {
            case 'A': return At(Place.TextStart);
            case 'z': return At(Place.TextEnd);
            case 'Z': return At(Place.TextEndOrLastLine);
            case 'G': return At(Place.SearchStart);
            case 'b': return At(Place.WordEdge);
            case 'B': return At(Place.NotWordEdge);
            case 'R':
                at++;
                return new GroupNode(GroupKind.Atomic, new ChoiceNode(
                    [new SequenceNode([new CharacterNode(CodePointSet.Of('\r')), new CharacterNode(CodePointSet.Of('\n'))]), new CharacterNode(LineEnds)]));
            case 'X' or 'K' or 'y' or 'Y' or 'g' or 'k' or >= '1' and <= '9':
                at++;
                throw Unsupported($"\\{(char)sign}");
        }
        return Literal(Character());
    }

    PlaceNode At(Place place)
    {
        at++;
        return new(place);
    }

    /// <summary><c>\d \s \w \h \N \O \p</c> and their opposites; null for any other, with nothing read.</summary>
    CodePointSet? ClassEscape(bool inBrackets)
    {
        var start = at;
        var word = inBrackets ? CharacterProperties.Word : CharacterProperties.WordOutside;
        switch (pattern[at++].Value)
        {
            case 'd': return CharacterProperties.Digit;
            case 'D': return CharacterProperties.Digit.Complement();
            case 's': return CharacterProperties.Space;
            case 'S': return CharacterProperties.Space.Complement();
            case 'w': return word;
            case 'W': return word.Complement();
            case 'h': return CharacterProperties.HexDigit;
            case 'H': return CharacterProperties.HexDigit.Complement();
            case 'N' when !inBrackets: return CodePointSet.Of('\n').Complement();
            case 'O' when !inBrackets: return CodePointSet.All;
            case 'p' when Take('{'): return Property(negated: false);
            case 'P' when Take('{'): return Property(negated: true);
        }
        at = start;
        return null;
    }

    CodePointSet Property(bool negated)
    {
        var start = at;
        if (Take('^'))
            negated = !negated;
        var from = at;
        while (at < pattern.Length && !Next('}'))
            at++;
        Expect('}');
        var name = string.Concat(pattern[from..(at - 1)]);
        var set = CharacterProperties.Find(name)
            ?? throw new NotSupportedException($"character {start + 1}: the property '{name}' is not supported");
        return negated ? set.Complement() : set;
    }

    /// <summary>The character that the sign after a backslash stands for; unknown signs stand for themselves.</summary>
    int Character()
    {
        var sign = pattern[at++].Value;
        switch (sign)
        {
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'f': return '\f';
            case 'v': return '\v';
            case 'a': return '\a';
            case 'e': return 0x1B;
            case 'x' when Take('{'): return Braced(NumberStyles.AllowHexSpecifier, 16);
            case 'o' when Take('{'): return Braced(NumberStyles.None, 8);
            case 'x': return Hexadecimal(0, 2);
            case 'u': return Hexadecimal(4, 4);
            case >= '0' and <= '7': return Octal(sign - '0');
            case 'c' or 'C' or 'M': throw Unsupported($"\\{(char)sign}");
            default: return sign;
        }
    }

    int Hexadecimal(int least, int most)
    {
        var (value, count) = (0, 0);
        for (; count < most && at < pattern.Length && pattern[at].IsAscii && char.IsAsciiHexDigit((char)pattern[at].Value); count++)
            value = value * 16 + Convert.ToInt32(pattern[at++].ToString(), 16);
        return count >= least ? Valid(value) : throw new FormatException($"character {at + 1}: {least} hexadecimal digits were expected");
    }

    int Octal(int value)
    {
        for (var count = 1; count < 3 && at < pattern.Length && pattern[at].Value is >= '0' and <= '7'; count++)
            value = value * 8 + pattern[at++].Value - '0';
        return Valid(value);
    }

    int Braced(NumberStyles style, int radix)
    {
        var start = at;
        while (at < pattern.Length && !Next('}'))
            at++;
        Expect('}');
        var digits = string.Concat(pattern[start..(at - 1)]);
        try
        {
            if (digits.Length is > 0 and <= 11)
                return Valid(radix == 16 ? int.Parse(digits, style, CultureInfo.InvariantCulture) : Convert.ToInt32(digits, radix));
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException) { }
        throw new NotSupportedException($"character {start + 1}: '{digits}' is not supported in braces; one code point was expected");
    }

    int Valid(int codePoint) => Rune.IsValid(codePoint) ? codePoint : throw new FormatException($"character {at}: U+{codePoint:X} is not a character");
}
