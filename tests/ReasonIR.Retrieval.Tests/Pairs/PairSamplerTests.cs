using ReasonIR.Retrieval.Pairs;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Pairs;

public sealed class PairSamplerTests
{
    [Fact]
    public void Sentences_end_at_marks_before_a_beginning_and_at_empty_lines()
    {
        const string first = "Dr. Smith, who was 54 then, ran 3.5 km before lunch.", second = "It rained all day long and nobody saw him!",
            third = "\"Was it really so?\" he asked the others who were there.", list = "A heading over a list of nine words without mark", rest = "the rest of the text that follows after it (e.g. this).";
        Assert.Equal([first, second, third, list, rest], SentenceSplitter.Split($"{first} {second} {third}\n\n{list}\n \n{rest}"));
        // Fragments join the next sentence, and at the end the one before.
        Assert.Equal([$"Yes. No. {second}", first], SentenceSplitter.Split($" Yes. No. {second} {first} "));
        Assert.Equal([$"{first} The end."], SentenceSplitter.Split($"{first} The end."));
        Assert.Empty(SentenceSplitter.Split(" \n"));
    }

    [Fact]
    public void Splitting_loses_no_word()
    {
        const string text = "One. Two three four? $x = 5$ is so. Then [that].\n\n\n- a list\n\n- of things! And 7 more.";
        Assert.Equal(SentenceSplitter.SplitWords(text), SentenceSplitter.SplitWords(string.Join(' ', SentenceSplitter.Split(text))));
    }

    [Fact]
    public void A_step_is_drawn_the_same_again_and_another_step_otherwise()
    {
        var first = Draw(new PairSampler(Corpus(50), seed: 3), step: 7, 20);
        var sampler = new PairSampler(Corpus(50), seed: 3);
        Draw(sampler, 6, 20);
        Assert.Equal(Show(first), Show(Draw(sampler, 7, 20)));
        Assert.NotEqual(Show(first), Show(Draw(sampler, 8, 20)));
        Assert.NotEqual(Show(first), Show(Draw(new PairSampler(Corpus(50), seed: 4), 7, 20)));
    }

    [Fact]
    public void A_step_uses_a_document_once_and_no_more_documents_than_there_are()
    {
        var sampler = new PairSampler(Corpus(30), seed: 1);
        for (var step = 0; step < 50; step++)
            Assert.Equal(20, Draw(sampler, step, 20).Select(pair => pair.DocumentId).Distinct().Count());
        Assert.Equal(30, Draw(sampler, 0, 512).Count);
    }

    [Fact]
    public void Strategies_come_in_the_set_shares()
    {
        var sampler = new PairSampler(Corpus(200), seed: 5);
        var pairs = Enumerable.Range(0, 50).SelectMany(step => Draw(sampler, step, 200)).ToList();

        Assert.InRange(pairs.Count(pair => pair.Strategy == PairStrategies.TitleBody) / (double)pairs.Count, 0.28, 0.32);
        var rest = pairs.Where(pair => pair.Strategy == PairStrategies.SentenceRest).ToList();
        Assert.InRange(rest.Count(pair => pair.Positive.Contains(pair.Query[0])) / (double)rest.Count, 0.085, 0.115);
        Assert.All(rest, pair => Assert.StartsWith("Title", pair.Positive[0]));
        Assert.All(pairs.Where(pair => pair.Strategy == PairStrategies.TitleBody), pair => Assert.DoesNotContain(pair.Query[0], pair.Positive));
        Assert.Equal(3, rest.Select(pair => pair.Query[0]).Where(q => q.EndsWith(" 17.", StringComparison.Ordinal)).Distinct().Count());
    }

    [Fact]
    public void A_document_of_one_sentence_is_halved_and_one_of_one_word_left_out()
    {
        var sampler = new PairSampler([new("a", "", "one two three four five"), new("b", null, "word"), new("c", "", "")], seed: 0);
        var pair = Assert.Single(Draw(sampler, 0, 8));
        Assert.Equal((PairStrategies.Halves, "a", 2, 3), (pair.Strategy, pair.DocumentId, pair.Query.Count, pair.Positive.Count));
        Assert.Equal(["five", "four", "one", "three", "two"], pair.Query.Concat(pair.Positive).Order());
    }

    [Fact]
    public void Pieces_are_the_same_objects_at_every_draw()
    {
        var sampler = new PairSampler(Corpus(1), seed: 0);
        var seen = Enumerable.Range(0, 40).SelectMany(step => Draw(sampler, step, 1)).SelectMany(pair => pair.Query.Concat(pair.Positive));
        Assert.Equal(4, seen.ToHashSet<object>(ReferenceEqualityComparer.Instance).Count);
    }

    static List<PairDocument> Corpus(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new PairDocument($"d{i}", $"Title of {i}", $"The first line of this document with the number {i}. Then comes the second line of the document numbered {i}. And last of all the third line of it, {i}."))];

    static List<DrawnPair> Draw(PairSampler sampler, int step, int count)
    {
        var pairs = new List<DrawnPair>();
        Assert.Equal(sampler.Draw(step, count, pairs), pairs.Count);
        return pairs;
    }

    static IEnumerable<string> Show(IEnumerable<DrawnPair> pairs) => pairs.Select(pair => $"{pair.Strategy} {pair.QueryText} | {pair.PositiveText}");
}
