using ReasonIR.Retrieval.Pairs;

namespace ReasonIR.Retrieval.Tests.Pairs;

public sealed class PairMixtureTests
{
    static readonly PairDocument Plain = new("plain", "Boiling at altitude",
        "Water boils when its vapor pressure reaches the pressure of the air above. At high altitude the air pressure is lower than at the sea. "
        + "Therefore cooks on mountains wait longer for their beans. A pressure cooker raises the boiling point again, and the beans soften sooner.");

    static List<DrawnPair> Draw(PairDocument document, PairMixture mixture, int steps = 60)
    {
        var sampler = new PairSampler([document], seed: 3, new(Mixture: mixture));
        var pairs = new List<DrawnPair>();
        for (var step = 0; step < steps; step++)
            sampler.Draw(step, 1, pairs);
        return pairs;
    }

    [Fact]
    public void Weights_count_among_the_strategies_that_a_document_allows()
    {
        var pairs = Draw(Plain, new(TitleBody: 3, SentenceRest: 1, HeadingSection: 100, Links: 100), 2000);
        Assert.Equal(2000, pairs.Count);
        Assert.Equal([PairStrategies.SentenceRest, PairStrategies.TitleBody], pairs.Select(pair => pair.Strategy).Distinct().Order());
        Assert.InRange(pairs.Count(pair => pair.Strategy == PairStrategies.TitleBody), 1400, 1600);
        Assert.Empty(Draw(Plain, new(HeadingSection: 1, Links: 1)));
    }

    [Fact]
    public void Crops_are_two_spans_of_the_document()
    {
        var whole = $"{Plain.Title} {Plain.Text}";
        var pairs = Draw(Plain, new(Crops: 1));
        Assert.All(pairs, pair =>
        {
            Assert.Contains(pair.QueryText, whole);
            Assert.Contains(pair.PositiveText, whole);
            Assert.InRange(pair.PositiveText.Length, 8, 0.6 * whole.Length);
        });
        Assert.True(pairs.Select(pair => (pair.QueryText, pair.PositiveText)).Distinct().Count() > 40);
    }

    [Fact]
    public void Key_phrases_are_of_the_document_and_no_function_words()
    {
        var pairs = Draw(Plain, new(KeyPhrases: 1));
        Assert.All(pairs, pair =>
        {
            Assert.Equal(4, pair.Query.Count);
            Assert.EndsWith("?", pair.QueryText);
            Assert.Contains(pair.Query[1], $"{Plain.Title} {Plain.Text}");
            Assert.NotEqual(pair.Query[1] + "?", pair.Query[3]);
        });
        var phrases = pairs.Select(pair => pair.Query[1]).ToHashSet();
        Assert.Contains("vapor pressure reaches", phrases);
        Assert.DoesNotContain(phrases, phrase => phrase is "the" or "when" or "at" or "and");
    }

    [Fact]
    public void A_heading_finds_its_section_and_a_short_one_names_the_title_too()
    {
        var document = new PairDocument("notes", "Kettles", "# Kettles\n\nA few words before the first heading that says anything at all here.\n\n"
            + "## Why kettles sing before boiling\n\nBubbles of steam collapse in the cooler water above the hot floor, and each makes a click.\n\n## Care\n\nDescale it with vinegar once a month, and rinse it twice before the next tea.\n");
        var pairs = Draw(document, new(HeadingSection: 1)).DistinctBy(pair => pair.QueryText).ToDictionary(pair => pair.QueryText, pair => pair.PositiveText);
        Assert.Contains("collapse", pairs["Why kettles sing before boiling"]);
        Assert.Contains("vinegar", pairs["Kettles Care"]);
        Assert.DoesNotContain("vinegar", pairs["Why kettles sing before boiling"]);
    }

    [Fact]
    public void Documents_are_linked_by_markup_metadata_and_titles()
    {
        PairDocument[] documents =
        [
            Plain,
            new("b", "Pressure cookers", "See how [boiling at high places](plain.md) differs from the sea. And a [foreign page](https://example.org/plain) says so too."),
            new("c", "Beans", "Nothing in here names another document of the collection."),
            new("d", "Tea", "Everything that [[plain|the first note]] says about air holds for tea as well, says [[Nowhere]]."),
            new("e", "Rice", "As the note on boiling at altitude explains, rice needs more time there."),
        ];
        var linked = DocumentLinks.Resolve(documents, place => place == 2 ? """{"references": ["plain", "c", "gone", {"id": "b"}]}""" : null);
        Assert.Equal(["b>plain", "c>plain", "c>b", "d>plain", "e>plain"], linked.SelectMany(document => document.Links.Select(link => $"{document.Id}>{link.Target.Id}")));
        var pair = Draw(linked[1], new(Links: 1))[0];
        Assert.Equal((PairStrategies.Links, "b", "plain"), (pair.Strategy, pair.DocumentId, pair.PositiveId));
        Assert.StartsWith("See how boiling at high places differs", pair.QueryText);
        Assert.Contains("Everything that the first note says", linked[3].Links[0].Query);
        Assert.Equal($"{Plain.Title} {Plain.Text}".Replace("  ", " "), pair.PositiveText);
    }
}
