namespace ReasonIR.Retrieval.Questions;

/// <summary>A multiple-choice question.</summary>
/// <param name="Id">Unique in its set.</param>
/// <param name="Subject">What it is about; empty: unknown.</param>
/// <param name="Split"><c>test</c>, <c>val</c> or <c>dev</c> (examples for few-shot prompts).</param>
/// <param name="Text">The question.</param>
/// <param name="Choices">2 to 10, in the order in which they are shown.</param>
/// <param name="Answer">The right one, from 0.</param>
public sealed record Question(string Id, string Subject, string Split, string Text, IReadOnlyList<string> Choices, int Answer)
{
    /// <summary>The letter of a choice.</summary>
    public static char Letter(int choice) => (char)('A' + choice);
}
