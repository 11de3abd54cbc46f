using System.Globalization;
using System.Text;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Pairs;

namespace ReasonIR.Benchmarks.Text;

/// <summary>
/// Any number of documents made from a small collection's sentences: each has as many sentences as a document drawn from it, each drawn from
/// all of it. A real collection's vocabulary grows with it (Heaps' law), so a word that one document alone holds gets a number, drawn with
/// probability falling as 1 / number from as many as make the vocabulary grow with the 0.55th power of the text. Deterministic.
/// </summary>
sealed class ResampledTexts
{
    const double Heaps = 0.55;

    readonly string[][] sentences;
    readonly int[] sizes;
    readonly HashSet<string> rare;
    readonly double variants;

    public ResampledTexts(TextCollection collection, int documents)
    {
        var split = collection.Documents.Select(document => SentenceSplitter.Split(document.Text)).Where(parts => parts.Count > 0).ToArray();
        sizes = [.. split.Select(parts => parts.Count)];
        sentences = [.. split.SelectMany(parts => parts).Select(sentence => sentence.Split(' '))];
        rare = [.. collection.Documents.SelectMany(document => SentenceSplitter.SplitWords(document.Text).Distinct()).GroupBy(word => word)
            .Where(group => group.Count() == 1 && group.Key.All(char.IsLetter)).Select(group => group.Key)];
        variants = Math.Max(1, 2 * Math.Pow(documents / (double)sizes.Length, Heaps));
    }

    /// <summary>A document's text.</summary>
    public string this[int number]
    {
        get
        {
            var random = new Draws((ulong)number);
            var text = new StringBuilder();
            for (var left = sizes[random.Below(sizes.Length)]; left > 0; left--)
                foreach (var word in sentences[random.Below(sentences.Length)])
                    text.Append(Drawn(word, ref random)).Append(' ');
            return text.ToString();
        }
    }

    /// <summary>A query: the words of drawn sentences until they hold that many different terms.</summary>
    public string Query(int number, int terms, IAnalyzer analyzer)
    {
        var random = new Draws(ulong.MaxValue - (ulong)number);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var query = new StringBuilder();
        while (true)
            foreach (var chosen in sentences[random.Below(sentences.Length)])
            {
                var word = Drawn(chosen, ref random);
                query.Append(word).Append(' ');
                found.UnionWith(analyzer.Analyze(word));
                if (found.Count >= terms)
                    return query.ToString();
            }
    }

    string Drawn(string word, ref Draws random) =>
        rare.Contains(word) ? word + ((int)Math.Pow(variants, random.Fraction())).ToString(CultureInfo.InvariantCulture) : word;

    /// <summary>SplitMix64: the same numbers everywhere.</summary>
    struct Draws(ulong state)
    {
        public int Below(int limit) => (int)((UInt128)Next() * (uint)limit >> 64);

        public double Fraction() => (Next() >> 11) * (1.0 / (1L << 53));

        ulong Next()
        {
            var z = state += 0x9E37_79B9_7F4A_7C15;
            z = (z ^ z >> 30) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ z >> 27) * 0x94D0_49BB_1331_11EB;
            return z ^ z >> 31;
        }
    }
}
