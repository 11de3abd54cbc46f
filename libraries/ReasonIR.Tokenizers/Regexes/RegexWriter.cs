using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Regexes;

/// <summary>Writes a parsed pattern for .NET, over the units of an <see cref="Alphabet"/>.</summary>
sealed class RegexWriter
{
    readonly StringBuilder output = new();
    readonly Alphabet alphabet;

    RegexWriter(Alphabet alphabet) => this.alphabet = alphabet;

    public static (string Pattern, Alphabet Alphabet) Write(RegexNode node)
    {
        var sets = new HashSet<CodePointSet>(ReferenceEqualityComparer.Instance);
        Collect(node, sets);
        var writer = new RegexWriter(new([.. sets]));
        writer.Node(node);
        return (writer.output.ToString(), writer.alphabet);
    }

    static void Collect(RegexNode node, HashSet<CodePointSet> sets)
    {
        switch (node)
        {
            case CharacterNode character:
                sets.Add(character.Set);
                break;
            case SequenceNode sequence:
                foreach (var part in sequence.Parts)
                    Collect(part, sets);
                break;
            case ChoiceNode choice:
                foreach (var part in choice.Choices)
                    Collect(part, sets);
                break;
            case RepeatNode repeat:
                Collect(repeat.Part, sets);
                break;
            case GroupNode group:
                Collect(group.Part, sets);
                break;
            case PlaceNode { Place: Place.WordEdge or Place.NotWordEdge }:
                sets.Add(CharacterProperties.WordOutside);
                break;
        }
    }

    void Node(RegexNode node)
    {
        switch (node)
        {
            case CharacterNode character:
                Set(character.Set);
                break;
            case SequenceNode sequence:
                foreach (var part in sequence.Parts)
                    if (part is ChoiceNode)
                        Wrapped("(?:", part);
                    else
                        Node(part);
                break;
            case ChoiceNode choice:
                foreach (var (i, part) in choice.Choices.Index())
                {
                    if (i > 0)
                        output.Append('|');
                    Node(part);
                }
                break;
            case RepeatNode repeat:
                Repeat(repeat);
                break;
            case GroupNode group:
                Wrapped(Opening(group), group.Part);
                break;
            case PlaceNode place:
                Between(place.Place);
                break;
            default:
                throw new NotSupportedException($"{node.GetType().Name} has no translation");
        }
    }

    void Wrapped(string opening, RegexNode part)
    {
        output.Append(opening);
        Node(part);
        output.Append(')');
    }

    static string Opening(GroupNode group) => group.Kind switch
    {
        GroupKind.Plain => "(?:",
        GroupKind.Atomic => "(?>",
        GroupKind.Ahead => "(?=",
        GroupKind.NotAhead => "(?!",
        GroupKind.Behind => "(?<=",
        GroupKind.NotBehind => "(?<!",
        _ => throw new NotSupportedException($"the group {group.Kind} has no translation"),
    };

    void Repeat(RepeatNode repeat)
    {
        if (repeat.Greed == Greed.Possessive)
            output.Append("(?>");
        if (repeat.Part is CharacterNode)
            Node(repeat.Part);
        else
            Wrapped("(?:", repeat.Part);
        output.Append((repeat.Least, repeat.Most) switch
        {
            (0, null) => "*",
            (1, null) => "+",
            (0, 1) => "?",
            var (least, most) => string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}"),
        });
        output.Append(repeat.Greed switch { Greed.Lazy => "?", Greed.Possessive => ")", _ => "" });
    }

    void Between(Place place)
    {
        switch (place)
        {
            case Place.TextStart: output.Append(@"\A"); break;
            case Place.TextEnd: output.Append(@"\z"); break;
            case Place.TextEndOrLastLine: output.Append(@"\Z"); break;
            case Place.SearchStart: output.Append(@"\G"); break;
            // Not behind the line end that ends the text.
            case Place.LineStart: output.Append(@"(?:\A|(?<=\n)(?!\z))"); break;
            case Place.LineEnd: output.Append(@"(?=\n|\z)"); break;
            default: WordEdge(place == Place.WordEdge); break;
        }
    }

    /// <summary>.NET's own <c>\b</c> goes by its own <c>\w</c>.</summary>
    void WordEdge(bool isEdge)
    {
        var (edge, inner) = isEdge ? ("(?!", "(?=") : ("(?=", "(?!");
        output.Append("(?:(?<=");
        Set(CharacterProperties.WordOutside);
        output.Append(')').Append(edge);
        Set(CharacterProperties.WordOutside);
        output.Append(")|(?<!");
        Set(CharacterProperties.WordOutside);
        output.Append(')').Append(inner);
        Set(CharacterProperties.WordOutside);
        output.Append("))");
    }

    void Set(CodePointSet set)
    {
        List<(char First, char Last)> units = [.. alphabet.Units(set)];
        if (units is [var (only, last)] && only == last)
        {
            Unit(only);
            return;
        }
        // Without units: nothing matches.
        output.Append(units.Count == 0 ? "(?!)" : "[");
        foreach (var (first, end) in units)
        {
            Unit(first);
            if (first == end)
                continue;
            output.Append('-');
            Unit(end);
        }
        output.Append(units.Count == 0 ? "" : "]");
    }

    void Unit(char unit)
    {
        if (char.IsAsciiLetterOrDigit(unit))
            output.Append(unit);
        else
            output.Append(CultureInfo.InvariantCulture, $@"\u{(int)unit:X4}");
    }
}
