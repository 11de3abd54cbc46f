namespace ReasonIR.Retrieval.Analysis;

/// <summary>A regular expression over word-break classes. <see cref="WordBreakAutomaton"/> compiles it.</summary>
abstract record Pattern
{
    public sealed record Set(uint Classes) : Pattern;
    public sealed record Sequence(Pattern[] Parts) : Pattern;
    public sealed record Choice(Pattern[] Parts) : Pattern;
    public sealed record Repeat(Pattern Part) : Pattern;

    public static Pattern Any(params ReadOnlySpan<WordBreakClass> classes)
    {
        uint set = 0;
        foreach (var item in classes)
            set |= 1u << (int)item;
        return new Set(set);
    }

    public static Pattern Then(params Pattern[] parts) => new Sequence(parts);

    public static Pattern Or(params Pattern[] parts) => new Choice(parts);

    public static Pattern Many(Pattern part) => new Repeat(part);

    public static Pattern OneOrMore(Pattern part) => Then(part, Many(part));

    public static Pattern Optional(Pattern part) => Or(part, Then());
}
