using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>Numbers terms in the order of their first occurrence and counts those of one document.</summary>
struct TermCounter() : ITokenSink
{
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> numbers =
        new Dictionary<string, int>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The terms by number.</summary>
    public List<string> Terms { get; } = [];

    /// <summary>Occurrences by term; the document's terms are in <see cref="Touched"/>, all others are 0.</summary>
    public int[] Occurrences = new int[1024];

    public List<int> Touched { get; } = [];

    public int Tokens;

    public void Add(scoped ReadOnlySpan<char> term, int start, int length)
    {
        Tokens++;
        if (!numbers.TryGetValue(term, out var number))
        {
            number = Terms.Count;
            var text = term.ToString();
            numbers.Dictionary.Add(text, number);
            Terms.Add(text);
            if (number == Occurrences.Length)
                Array.Resize(ref Occurrences, number * 2);
        }
        if (Occurrences[number]++ == 0)
            Touched.Add(number);
    }
}
