using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Tests.Analysis;

public sealed class AnalyzersTests
{
    [Fact]
    public void Are_found_by_name()
    {
        Assert.Equal(["lucene-english", "simple", "whitespace"], Analyzers.Names);
        Assert.All(Analyzers.Names, name => Assert.Equal(name, Analyzers.ByName(name).Name));
        Assert.Contains("lucene-english", Assert.Throws<ArgumentException>(() => Analyzers.ByName("english")).Message);
    }

    [Fact]
    public void Whitespace_leaves_terms_as_they_are() =>
        Assert.Equal(["The", "cats,", "\u00C9\uD83D\uDE00"], Analyzers.ByName("whitespace").Analyze("  The\tcats,\n\u00C9\uD83D\uDE00"));

    [Fact]
    public void Simple_lower_cases_and_keeps_every_word() =>
        Assert.Equal(["the", "cats", "r2d2", "\u00E9cole"], Analyzers.ByName("simple").Analyze("The cats' R2D2-\u00C9cole"));

    [Theory]
    [InlineData("relational", "relat")]
    [InlineData("ponies", "poni")]
    [InlineData("controlling", "control")]
    [InlineData("possibly", "possibl")]
    [InlineData("archaeology", "archaeolog")]
    [InlineData("is", "is")]
    [InlineData("", "")]
    public void Porter_stems_a_string(string word, string stem) => Assert.Equal(stem, PorterStemmer.Stem(word));

    [Fact]
    public void Porter_stems_in_place_and_leaves_what_follows()
    {
        var buffer = "hopping!".ToCharArray();
        Assert.Equal(3, PorterStemmer.Stem(buffer, 7));
        Assert.Equal("hop", new string(buffer, 0, 3));
        Assert.Equal('!', buffer[7]);
    }
}
