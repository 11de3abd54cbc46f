using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Runs;
using Xunit;

namespace ReasonIR.Contracts.Tests.Passages;

public sealed class PassageCutterTests
{
    static readonly string Numbers = string.Join(' ', Enumerable.Range(0, 100).Select(i => $"w{i}"));

    [Fact]
    public void Passages_are_as_long_as_allowed_and_repeat_what_is_asked()
    {
        var passages = Texts("tokens:40:10", Numbers);
        Assert.Equal(["w0", "w30", "w60"], passages.Select(passage => passage.Split(' ')[0]));
        Assert.Equal(["w39", "w69", "w99"], passages.Select(passage => passage.Split(' ')[^1]));
        Assert.Equal(["w0", "w40", "w80"], Texts("tokens:40:0", Numbers).Select(passage => passage.Split(' ')[0]));
        Assert.Equal(Numbers, Assert.Single(Texts("tokens:100:50", Numbers)));
    }

    [Fact]
    public void Punctuation_stays_with_the_words_before_it_and_scripts_without_blanks_count_by_character()
    {
        Assert.Equal(["a-b, c? d (e) f g h i j k l m n o p!", "q. r"], Texts("tokens:16:0", "  a-b, c? d (e) f g h i j k l m n o p!  q. r \n"));
        Assert.Equal([16, 16, 8], Texts("tokens:16:0", string.Concat(Enumerable.Repeat("漢字", 20))).Select(text => text.Length));
        // A run without end counts by sixteens; a character of two units is never cut.
        Assert.Equal([256, 44], Texts("tokens:16:0", new string('x', 300)).Select(text => text.Length));
        Assert.All(Texts("tokens:16:8", string.Concat(Enumerable.Repeat("𠀀a", 50))), text => Assert.False(char.IsLowSurrogate(text[0]) || char.IsHighSurrogate(text[^1])));
    }

    [Fact]
    public void Headings_begin_passages_and_long_sections_are_cut_further()
    {
        var text = $"Before.\n# One\n## Inside\nfirst\n```\n# no heading\n```\n# Two\n{Numbers}\n#nothing\n   ### Three ###\n\tlast\n";
        var passages = Texts("headings:60:10", text);
        Assert.Equal(["Before.", "# One", "# Two", "w49", "### Three ###"], passages.Select(passage => passage.Split('\n')[0]).Select(line => line.StartsWith('w') ? line.Split(' ')[0] : line));
        Assert.Contains("# no heading", passages[1]);
        Assert.EndsWith("last", passages[^1]);
        Assert.Equal(Texts("tokens:60:10", Numbers), Texts("headings:60:10", Numbers));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    [InlineData("---")]
    public void A_text_without_words_is_one_passage(string text) =>
        Assert.Equal([new Passage(0, text.Length)], PassageRule.Parse("tokens:16:0")!.Cut(text));

    /// <summary>Whatever the text, every token is in a passage, none has more than allowed, and they go forward.</summary>
    [Fact]
    public void Nothing_is_lost_of_any_text()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 300; trial++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(400)).Select(_ => random.Next(12) switch { 0 => "\n# ", 1 => "漢", 2 => "\n", 3 => ".", 4 => "\ud83d\ude00", 5 => "\ud800", _ => $" {(char)('a' + random.Next(26))}" }));
            var size = random.Next(16, 40);
            var rule = new PassageRule(random.Next(2) == 0 ? "tokens" : "headings", size, random.Next(size / 2 + 1));
            var covered = new bool[text.Length];
            var last = -1;
            foreach (var (start, length) in rule.Cut(text))
            {
                Assert.True(start > last || text.Trim().Length == 0, rule.ToString());
                last = start;
                covered.AsSpan(start, length).Fill(true);
                Assert.InRange(text.AsSpan(start, length).ToArray().Count(letter => char.IsLetter(letter)), 0, size);
            }
            Assert.All(text.Index().Where(pair => char.IsLetter(pair.Item)), pair => Assert.True(covered[pair.Index], rule.ToString()));
        }
    }

    [Theory]
    [InlineData("tokens:256", "tokens:SIZE:OVERLAP")]
    [InlineData("words:256:64", "tokens:SIZE:OVERLAP")]
    [InlineData("tokens:256:64:sum", ":max or :mean")]
    [InlineData("tokens:8:0", "16 to 8192")]
    [InlineData("tokens:100:51", "0 to 50")]
    public void Wrong_rules_are_named(string rule, string expected)
    {
        Assert.Contains(expected, Assert.Single(new IndexSpec("c", "dense", "m", Passages: rule).Problems()));
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => PassageRule.Parse(rule)).Message);
    }

    [Fact]
    public void A_rule_is_read_as_it_is_written()
    {
        Assert.Equal("headings:512:64:max", PassageRule.Parse("headings:512:64")!.ToString());
        Assert.Equal(new("tokens", 256, 64, "mean"), PassageRule.Parse("tokens:256:64:mean"));
        Assert.Contains("bm25", Assert.Single(new IndexSpec("c", "bm25", Passages: "tokens:256:64:mean").Problems()));
    }

    static IReadOnlyList<string> Texts(string rule, string text) => [.. PassageRule.Parse(rule)!.Cut(text).Select(passage => text.Substring(passage.Start, passage.Length))];
}
