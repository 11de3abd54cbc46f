using ReasonIR.Retrieval.Questions;
using ReasonIR.Retrieval.Statistics;
using ReasonIR.Synthesis.Rag;
using ReasonIR.Testing;

namespace ReasonIR.Synthesis.Tests.Rag;

public sealed class QuestionTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mmlu_is_read_from_its_zip()
    {
        var questions = await QuestionFiles.ReadAsync(SharedData.Require("data/mmlu/mmlu.zip"), 0, Token);
        Assert.Equal([("dev", 285), ("test", 14042), ("val", 1531)], questions.GroupBy(question => question.Split).OrderBy(group => group.Key).Select(group => (group.Key, group.Count())));
        Assert.Equal(57, questions.Select(question => question.Subject).Distinct().Count());
        var second = questions.Single(question => question.Id == "abstract_algebra_dev/1");
        Assert.Equal(["True, True", "False, False", "True, False", "False, True"], second.Choices);
        Assert.Equal(1, second.Answer);
        Assert.Equal(4, second.Choices.Count);
    }

    [Fact]
    public async Task Gpqas_choices_are_shuffled_by_the_seed_and_the_right_one_is_known()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("reasonir-gpqa-").FullName, "gpqa.csv");
        await File.WriteAllTextAsync(file, "Record ID,Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3,High-level domain\n"
            + string.Concat(Enumerable.Range(0, 40).Select(i => $"r{i},\"what, {i}?\",right,w1,w2,w3,Physics\n")), Token);
        var questions = await QuestionFiles.ReadAsync(file, 1, Token);
        Assert.All(questions, question => Assert.Equal(("right", "Physics"), (question.Choices[question.Answer], question.Subject)));
        Assert.Equal(4, questions.Select(question => question.Answer).Distinct().Count());
        Assert.Equal(QuestionFiles.Hash(questions), QuestionFiles.Hash(await QuestionFiles.ReadAsync(file, 1, Token)));
        Assert.NotEqual(QuestionFiles.Hash(questions), QuestionFiles.Hash(await QuestionFiles.ReadAsync(file, 2, Token)));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Theory]
    [InlineData("The answer is (C).", 'C')]
    [InlineData("I thought the answer is (A), but no. The answer is **(D)**", 'D')]
    [InlineData("Answer: b", 'B')]
    [InlineData("so it must be (B)", 'B')]
    [InlineData("C.", 'C')]
    [InlineData("A cat sat on the mat.", null)]
    [InlineData("The answer is (J).", null)]
    [InlineData("", null)]
    public void A_letter_is_found_where_one_is_said(string said, char? letter) => Assert.Equal(letter, AnswerLetter.Of(said, 4));

    [Fact]
    public void Passages_stay_within_their_tokens()
    {
        var text = QuestionPrompt.Passages([new('a', 300), new('b', 3000), new('c', 300)], 200);
        Assert.Contains("[1] " + new string('a', 300), text);
        Assert.Contains("[2] b", text);
        Assert.DoesNotContain("[3]", text);
        Assert.InRange(text.Count(letter => letter == 'b'), 200, 320);
        Assert.Equal("", QuestionPrompt.Passages([], 200));
    }

    /// <summary>Against values computed by scipy's binomtest and by hand from Wilson's formula.</summary>
    [Fact]
    public void Intervals_and_tests_are_those_of_the_literature()
    {
        var interval = WilsonInterval.Of(8, 10);
        Assert.Equal((0.490162, 0.943318), (Math.Round(interval.Low, 6), Math.Round(interval.High, 6)));
        Assert.Equal(new(0, 1), WilsonInterval.Of(0, 0));
        Assert.Equal(0, WilsonInterval.Of(0, 20).Low, 1e-12);
        bool[] a = [.. Enumerable.Repeat(true, 8), false, true, true], b = [.. Enumerable.Repeat(false, 8), true, true, true];
        var test = McNemarTest.Compare(a, b);
        Assert.Equal((8, 1), (test.OnlyA, test.OnlyB));
        Assert.Equal(0.0390625, test.P, 1e-12);
        Assert.Equal(1, McNemarTest.Compare(a, a).P);
    }
}
