using ReasonIR.Contracts.Runs;
using ReasonIR.Retrieval.Questions;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Synthesis.Rag;

/// <summary>Counts answers.</summary>
public static class RagScores
{
    /// <summary>What stands for an answer without a letter.</summary>
    public const char Unparsable = '?';

    /// <param name="answers">[arm]: the letters that each chose, in the order of the questions.</param>
    public static IReadOnlyList<RagArmResult> Of(IReadOnlyList<RagArm> arms, IReadOnlyList<Question> questions, IReadOnlyList<string> answers) =>
        [.. arms.Select((arm, i) => new RagArmResult(
            arm.Name, PassageSource.Datastore(arm), Score(questions, answers[i]),
            questions.Take(answers[i].Length).Select((question, at) => (question, letter: answers[i][at])).GroupBy(pair => pair.question.Subject).OrderBy(group => group.Key, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => Score([.. group.Select(pair => pair.question)], string.Concat(group.Select(pair => pair.letter)))),
            i == 0 ? null : Test(arms[0].Name, questions, answers[0], answers[i])))];

    static RagScore Score(IReadOnlyList<Question> questions, string answers)
    {
        var right = answers.Where((letter, i) => letter == Question.Letter(questions[i].Answer)).Count();
        var interval = WilsonInterval.Of(right, answers.Length);
        return new(answers.Length, right, answers.Count(letter => letter == Unparsable), answers.Length == 0 ? 0 : right / (double)answers.Length, interval.Low, interval.High);
    }

    static RagTest Test(string first, IReadOnlyList<Question> questions, string baseline, string answers)
    {
        // A run that a cap ended may have asked one arm more than another.
        var both = Math.Min(baseline.Length, answers.Length);
        bool[] Right(string letters) => [.. letters.Take(both).Select((letter, i) => letter == Question.Letter(questions[i].Answer))];
        var test = McNemarTest.Compare(Right(answers), Right(baseline));
        return new(first, test.OnlyA, test.OnlyB, test.P);
    }
}
