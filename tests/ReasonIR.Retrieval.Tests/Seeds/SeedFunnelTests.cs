using System.Text.Json;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Retrieval.Seeds;
using ReasonIR.Testing;

namespace ReasonIR.Retrieval.Tests.Seeds;

public sealed class SeedFunnelTests
{
    const string Prose = "Water boils when its vapor pressure reaches the pressure of the air above it. At high altitude the air is thin, and so the water boils sooner but the beans in it soften later.";
    const string Other = "A bridge that carries marching soldiers may swing with their step, and when the step meets its own frequency, the swing grows until something in the bridge gives way.";
    const string German = "Das Wasser kocht, wenn sein Dampfdruck den Druck der Luft über ihm erreicht. Auf hohen Bergen ist die Luft dünn, und darum kocht es dort früher, aber die Bohnen brauchen länger.";

    static readonly EvaluationTexts evaluation = Evaluation();

    static EvaluationTexts Evaluation()
    {
        var texts = new EvaluationTexts(13);
        texts.Add("Which of the two marching bands reached the far side of the river before the old stone bridge was closed?");
        texts.AddId("answer");
        return texts;
    }

    static SeedFall? Fall(string text, SeedRules? rules = null, string id = "d") => new SeedFunnel(rules ?? new(), evaluation).Add([new(id, "", text)])[0];

    [Fact]
    public void Prose_stays() => Assert.Null(Fall(Prose));

    [Theory]
    [InlineData("We use cookies to make this site better. Read our privacy policy. All rights reserved.", "notices")]
    [InlineData("Home\nAbout us\nProducts\nServices\nPrices\nContact\nNews\nPartners\nCareers\n", "menu")]
    [InlineData("[One](https://a.example/1) [Two](https://a.example/2) [Three](https://a.example/3) [Four](/four)", "mostly links")]
    [InlineData("See https://a.example/path/one and https://b.example/path/two and https://c.example/path/three here.", "mostly links")]
    public void Frames_of_pages_fall(string text, string why) => Assert.Equal(why, Fall(text)?.Why);

    [Fact]
    public void A_text_that_repeats_itself_falls() => Assert.Equal("repeats", Fall(string.Join(' ', Enumerable.Repeat("the same few words over and over again", 20)))?.Why);

    [Fact]
    public void Prose_with_a_few_links_stays() => Assert.Null(Fall($"{Prose} See https://a.example/boiling and [the tables](https://b.example/tables). {Other}"));

    [Fact]
    public void Each_rule_names_its_reason()
    {
        Assert.Equal(new SeedFall(SeedSteps.Words, "2"), Fall("two words", new(MinimumWords: 3)));
        Assert.Equal(SeedSteps.Words, Fall(Prose, new(MaximumWords: 10))?.Step);
        Assert.Equal(new SeedFall(SeedSteps.Language, "de"), Fall(German, new(Languages: new HashSet<string> { "en" })));
        Assert.Null(Fall(German, new(Languages: new HashSet<string> { "en", "de" })));
        Assert.Equal("und", Fall("x = 3 y + 4 z", new(Languages: new HashSet<string> { "en" }, KeepUnknown: false))?.Why);
        Assert.Equal(SeedSteps.Form, Fall("x1 y2 z3 94 21 // 3 == 4 && 7 <> 9 ## 12", new(MinimumForm: 2))?.Step);
        Assert.Null(Fall(Prose + Other, new(MinimumForm: 4)));
        Assert.Equal(new SeedFall(SeedSteps.Evaluation, "id"), Fall(Prose, id: "answer"));
        Assert.Equal("text", Fall("which of the two marching bands reached the far side of the river before the old stone bridge was closed")?.Why);
        Assert.Equal("words", Fall($"{Prose} The two marching bands reached the far side of the river before the old one did.")?.Why);
        Assert.Null(Fall($"{Prose} The two marching bands reached the far side of the water before the old one did."));
    }

    [Fact]
    public void Of_duplicates_the_first_stays_whatever_the_batches()
    {
        SeedCandidate[] documents = [new("a", "", Prose), new("b", "", Other), new("c", "", Prose.ToUpperInvariant()), new("d", "", $"{Other} Then it falls."), new("e", "", German)];
        SeedFall?[] expected = [null, null, new(SeedSteps.Exact, "a"), null, null];
        var whole = new SeedFunnel(new()).Add(documents);
        var single = new SeedFunnel(new());
        SeedFall?[] oneByOne = [.. documents.SelectMany(document => single.Add([document]))];
        Assert.Equal(whole, oneByOne);
        Assert.Equal(expected[..3], whole[..3]);
        Assert.Equal(SeedSteps.Near, whole[3]?.Step);
        Assert.StartsWith("b (0.", whole[3]!.Why);
        Assert.Null(new SeedFunnel(new(NearDuplicates: null)).Add(documents)[3]);
    }

    [Theory]
    [InlineData("scifact", 0.01)]
    [InlineData("theoremqa", 0.03)]
    [InlineData("stackexchange-answers", 0.05)]
    public void Of_real_prose_hardly_anything_falls(string collection, double most)
    {
        var documents = File.ReadLines(SharedData.Require($"data/{collection}/corpus.jsonl")).Take(1500).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Select(row => new SeedCandidate(row.GetProperty("_id").GetString()!, row.GetProperty("title").GetString()!, row.GetProperty("text").GetString()!)).ToList();
        var falls = new SeedFunnel(new(MinimumForm: 2)).Add(documents).Index().Where(fall => fall.Item is not null).Select(fall => $"{documents[fall.Index].Id}: {fall.Item!.Step} {fall.Item.Why}").ToList();
        Assert.True(falls.Count <= most * documents.Count, string.Join("\n", falls));
    }

    [Fact]
    public void A_stratified_draw_takes_small_strata_whole_and_shares_the_rest()
    {
        string[] strata = [.. Enumerable.Repeat("large", 80), .. Enumerable.Repeat("middle", 15), .. Enumerable.Repeat("small", 5)];
        var drawn = StratifiedDraw.Choose(strata, 45).CountBy(place => strata[place]).ToDictionary();
        Assert.Equal((5, 15, 25), (drawn["small"], drawn["middle"], drawn["large"]));
        Assert.Equal(Enumerable.Range(0, 100), StratifiedDraw.Choose(strata, 200));
        Assert.Equal([0, 1], StratifiedDraw.Choose(["a", "b", "a", "b"], 2));
        var lengths = StratifiedDraw.ByNumber([.. Enumerable.Range(1, 100)], 4);
        Assert.Equal(["1 to 25", "26 to 50", "51 to 75", "76 to 100"], lengths.Distinct());
        Assert.All(lengths.CountBy(name => name), pair => Assert.Equal(25, pair.Value));
    }

    [Fact]
    public void Topics_part_texts_about_different_things()
    {
        string[] boiling = ["kettle steam boiling pressure valve", "boiling steam kettle water lid", "pressure valve steam boiling water", "kettle lid valve pressure boiling"];
        string[] bridges = ["bridge girder cable tower span", "cable span bridge deck tower", "girder deck cable bridge span", "tower span girder deck bridge"];
        var counts = new TopicClusters.WordCounts();
        var words = new List<ulong>();
        var vectors = new List<Half[]>();
        foreach (var text in boiling.Zip(bridges).SelectMany(pair => new[] { pair.First, pair.Second }))
        {
            TextTokens.Read(text, words);
            vectors.Add(TopicClusters.Vector(words, counts));
        }
        var clusters = TopicClusters.Assign(vectors, 2);
        Assert.Single(clusters.Where((_, place) => place % 2 == 0).Distinct());
        Assert.Single(clusters.Where((_, place) => place % 2 == 1).Distinct());
        Assert.Equal(2, clusters.Distinct().Count());
    }
}
