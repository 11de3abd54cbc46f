namespace ReasonIR.Retrieval.Analysis;

/// <summary>
/// The grammar as a table: Thompson's construction, then the subset construction, once a process (about a millisecond).
/// An entry holds the next state times 32, and in its low five bits the <see cref="TokenType"/> that the text read so far is.
/// </summary>
static class WordBreakAutomaton
{
    public const int Width = 32;
    public const int TypeMask = Width - 1;

    /// <summary>State 0: nothing can follow any more.</summary>
    public const int Dead = 0;

    /// <summary>State 1, as an entry.</summary>
    public const int Start = Width;

    static readonly ushort[] table = new Compiler().Compile(WordBreakGrammar.Rules());

    /// <summary>Indexed by state times 32 plus class.</summary>
    public static ReadOnlySpan<ushort> Table => table;

    sealed class Compiler
    {
        readonly List<(uint Classes, int Next)> steps = [];
        readonly List<List<int>> free = [];
        readonly List<TokenType> types = [];

        public ushort[] Compile(IEnumerable<(TokenType Type, Pattern Pattern)> rules)
        {
            var start = State();
            foreach (var (type, pattern) in rules)
            {
                var end = State();
                types[end] = type;
                free[start].Add(Add(pattern, end));
            }
            return Determinize(start);
        }

        int State()
        {
            steps.Add((0, -1));
            free.Add([]);
            types.Add(TokenType.None);
            return steps.Count - 1;
        }

        /// <summary>Adds states that read the pattern and go on to <paramref name="next"/>; returns the first.</summary>
        int Add(Pattern pattern, int next)
        {
            var first = State();
            switch (pattern)
            {
                case Pattern.Set set:
                    steps[first] = (set.Classes, next);
                    break;
                case Pattern.Sequence sequence:
                    for (var i = sequence.Parts.Length - 1; i >= 0; i--)
                        next = Add(sequence.Parts[i], next);
                    free[first].Add(next);
                    break;
                case Pattern.Choice choice:
                    foreach (var part in choice.Parts)
                        free[first].Add(Add(part, next));
                    break;
                case Pattern.Repeat repeat:
                    free[first].Add(next);
                    free[first].Add(Add(repeat.Part, first));
                    break;
            }
            return first;
        }

        ushort[] Determinize(int start)
        {
            var sets = new List<SortedSet<int>> { new(), Closure([start]) };
            var numbers = new Dictionary<string, int> { [Key(sets[0])] = 0, [Key(sets[1])] = 1 };
            var entries = new List<ushort>();
            for (var state = 0; state < sets.Count; state++)
            {
                for (var kind = 0; kind < Width; kind++)
                {
                    var reached = Closure(sets[state].Where(s => (steps[s].Classes >> kind & 1) != 0).Select(s => steps[s].Next));
                    if (!numbers.TryGetValue(Key(reached), out var number))
                    {
                        number = sets.Count;
                        numbers.Add(Key(reached), number);
                        sets.Add(reached);
                    }
                    var accepted = reached.Select(s => types[s]).Where(t => t != TokenType.None).DefaultIfEmpty(TokenType.None).Min();
                    entries.Add(checked((ushort)(number * Width + (int)accepted)));
                }
            }
            return [.. entries];
        }

        SortedSet<int> Closure(IEnumerable<int> states)
        {
            var reached = new SortedSet<int>();
            var open = new Stack<int>(states);
            while (open.TryPop(out var state))
                if (reached.Add(state))
                    foreach (var next in free[state])
                        open.Push(next);
            // Only states that read something or accept tell two sets apart.
            reached.RemoveWhere(s => steps[s].Next < 0 && types[s] == TokenType.None);
            return reached;
        }

        static string Key(SortedSet<int> states) => string.Join(',', states);
    }
}
