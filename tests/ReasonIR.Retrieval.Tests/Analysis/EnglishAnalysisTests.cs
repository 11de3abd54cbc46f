using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Tests.Analysis;

public sealed class EnglishAnalysisTests
{
    [Theory]
    [InlineData("The dogs' bones, running", "dog bone run")]
    [InlineData("will's dog\u2019s", "dog")]
    [InlineData("dog\u2018s", "dog\u2018")]
    [InlineData("I saw you from afar", "i saw you from afar")]
    [InlineData("https://www.example.com/node.js?x=1,234.5", "http www.example.com node.j x 1,234.5")]
    [InlineData("1990's a.b 1.a", "1990 s a.b 1")]
    [InlineData("__init__ _ x_1", "__init__ x_1")]
    [InlineData("\u0130STANBUL \u03A3\u03A3", "istanbul \u03C3\u03C3")]
    [InlineData("\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67 1\uFE0F\u20E3 \uD83C\uDDE9\uD83C\uDDEA", "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67 1\uFE0F\u20E3 \uD83C\uDDE9\uD83C\uDDEA")]
    [InlineData("\u6F22\u5B57\u304B", "\u6F22 \u5B57 \u304B")]
    [InlineData("", "")]
    public void Follows_the_chain(string text, string terms) =>
        Assert.Equal(terms, string.Join(' ', LuceneEnglishAnalyzer.Instance.Analyze(text)));

    [Fact]
    public void Cuts_a_long_token_while_matching()
    {
        Assert.Equal([255, 45], Lengths(new string('x', 300)));
        Assert.Equal([254, 1], Lengths(new string('x', 254) + "'s"));
        // 127 letters beyond the basic plane: the pair that would be torn goes to the next token.
        Assert.Equal([254, 6], Lengths(string.Concat(Enumerable.Repeat("\uD801\uDC00", 130))));
    }

    [Fact]
    public void Lone_surrogates_split_and_end_nothing() =>
        Assert.Equal(["ab", "cd"], LuceneEnglishAnalyzer.Instance.Analyze("ab\uD83Dcd\uDC00\uD800"));

    [Fact]
    public void Offsets_point_at_the_words_of_the_text()
    {
        var text = "The Dog's \u2026 running";
        var words = LuceneEnglishAnalyzer.Instance.AnalyzeWithOffsets(text);
        Assert.Equal(["Dog's", "running"], words.Select(word => text.Substring(word.Start, word.Length)));
        Assert.Equal(["dog", "run"], words.Select(word => word.Term));
    }

    [Fact]
    public void Allocates_nothing_a_token()
    {
        var text = string.Join(' ', Enumerable.Repeat("Relational databases' foreign keys, 3.5 times \u00C9cole \uD83D\uDE00", 200));
        var sink = new CountingSink();
        LuceneEnglishAnalyzer.Instance.Analyze(text, ref sink);
        var before = GC.GetAllocatedBytesForCurrentThread();
        LuceneEnglishAnalyzer.Instance.Analyze(text, ref sink);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2 * 200 * 8, sink.Count);
    }

    [Fact]
    public void A_blank_separates_for_any_text()
    {
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(AwkwardTexts.Arbitrary, AwkwardTexts.Arbitrary, (first, second) =>
            Tokens(first).Concat(Tokens(second)).SequenceEqual(Tokens(first + " " + second))));
    }

    [Fact]
    public void Tokens_are_in_order_and_never_empty()
    {
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(AwkwardTexts.Arbitrary, text =>
        {
            var end = 0;
            var tokens = new StandardTokenizer(text);
            while (tokens.Next())
            {
                if (tokens.Start < end || tokens.Length is < 1 or > StandardTokenizer.MaxTokenLength || tokens.Type == TokenType.None)
                    return false;
                end = tokens.Start + tokens.Length;
            }
            return end <= text.Length;
        }));
    }

    static List<int> Lengths(string text) => [.. Tokens(text).Select(token => token.Length)];

    static List<string> Tokens(string text)
    {
        var found = new List<string>();
        var tokens = new StandardTokenizer(text);
        while (tokens.Next())
            found.Add(text.Substring(tokens.Start, tokens.Length));
        return found;
    }

    struct CountingSink : ITokenSink
    {
        public int Count;

        public void Add(scoped ReadOnlySpan<char> term, int start, int length) => Count++;
    }
}
