using ReasonIR.Retrieval.Contamination;
using ReasonIR.Retrieval.Deduplication;

namespace ReasonIR.Retrieval.Tests.Deduplication;

public sealed class NearDuplicateTests
{
    const int Shingle = 3;

    static string Text(int seed, int words) => string.Join(' ', Enumerable.Range(0, words).Select(i => $"w{new Random(seed * 1000 + i).Next(5000)}"));

    static uint[] Sign(string text)
    {
        var words = new List<ulong>();
        TextTokens.Read(text, words);
        var signature = new uint[MinHash.Permutations];
        new MinHash(Shingle).Sign(words, signature);
        return signature;
    }

    static HashSet<string> Shingles(string text) =>
        text.Split(' ') is var words ? [.. Enumerable.Range(0, words.Length - Shingle + 1).Select(i => string.Join(' ', words[i..(i + Shingle)]))] : [];

    /// <summary>The text with so many of its words replaced.</summary>
    static string Changed(string text, int words, int seed)
    {
        var parts = text.Split(' ');
        foreach (var place in Enumerable.Range(0, parts.Length).OrderBy(i => new Random(seed + i).Next()).Take(words))
            parts[place] = $"x{place}";
        return string.Join(' ', parts);
    }

    [Fact]
    public void Signatures_estimate_Jaccards_index()
    {
        var errors = new List<double>();
        for (var seed = 1; seed <= 60; seed++)
        {
            var (one, other) = (Text(seed, 120), Changed(Text(seed, 120), seed % 12, seed));
            var (a, b) = (Shingles(one), Shingles(other));
            var exact = (double)a.Intersect(b).Count() / a.Union(b).Count();
            errors.Add(MinHash.Similarity(Kept(Sign(one)), Kept(Sign(other))) - exact);
        }
        // The standard error of one is at most 0.044, of their mean a sixth of a hundredth.
        Assert.InRange(errors.Average(), -0.02, 0.02);
        Assert.All(errors, error => Assert.InRange(error, -0.18, 0.18));

        static ushort[] Kept(uint[] signature) => Array.ConvertAll(signature, value => (ushort)value);
    }

    [Fact]
    public void Nearly_equal_texts_are_found_and_others_are_not()
    {
        var index = new NearDuplicateIndex(0.8);
        for (var text = 0; text < 150; text++)
            Assert.Null(index.FindOrAdd(Sign(Text(text, 150))));
        for (var text = 0; text < 150; text++)
        {
            // Two of 150 words replaced: at most six of 148 sequences differ, Jaccard's index at least 0.92.
            var found = index.FindOrAdd(Sign(Changed(Text(text, 150), 2, text)));
            Assert.Equal(text, found?.Text);
            // Thirty replaced: about half of the sequences are gone, index about 0.35.
            if (text < 50)
                Assert.Null(new NearDuplicateIndexOf(Text(text, 150)).Find(Sign(Changed(Text(text, 150), 30, text))));
        }
        Assert.Equal(150, index.Count);
    }

    [Fact]
    public void Short_and_equal_texts_are_duplicates()
    {
        var index = new NearDuplicateIndex(1);
        Assert.Null(index.FindOrAdd(Sign("two words")));
        Assert.Equal((0, 1.0), index.FindOrAdd(Sign("Two, words!")));
        Assert.Null(index.FindOrAdd(Sign("words two")));
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(1.1)]
    public void Thresholds_that_bands_cannot_serve_are_refused(double threshold) => Assert.Throws<ArgumentOutOfRangeException>(() => new NearDuplicateIndex(threshold));

    sealed class NearDuplicateIndexOf
    {
        readonly NearDuplicateIndex index = new(0.8);

        public NearDuplicateIndexOf(string text) => index.FindOrAdd(Sign(text));

        public (int, double)? Find(uint[] signature) => index.FindOrAdd(signature);
    }
}
