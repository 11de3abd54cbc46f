using System.Text;
using ReasonIR.Language.Chat;
using ReasonIR.Retrieval.Questions;
using ReasonIR.Synthesis.Llm;

namespace ReasonIR.Synthesis.Rag;

/// <summary>Puts a question before a model: passages, examples, the question with its choices, and how to answer.</summary>
public static class QuestionPrompt
{
    const string Thinking = "Reason step by step. End with a line that says: The answer is (X), with the letter of the right choice.";
    const string Direct = "Say nothing but: The answer is (X), with the letter of the right choice.";

    public static IReadOnlyList<ChatTurn> Render(Question question, IReadOnlyList<Question> examples, IReadOnlyList<string> passages, int passageTokens, bool chainOfThought) =>
        PromptFiles.AnswerQuestion.Render(new Dictionary<string, string>
        {
            ["passages"] = Passages(passages, passageTokens),
            ["examples"] = string.Join("\n\n", examples.Select(example => $"{Shown(example)}\nThe answer is ({Question.Letter(example.Answer)}).")),
            ["question"] = Shown(question),
            ["manner"] = chainOfThought ? Thinking : Direct,
        });

    /// <summary>The question with its choices, which is also what is searched for.</summary>
    public static string Shown(Question question)
    {
        var text = new StringBuilder($"Question: {question.Text.Trim()}");
        foreach (var (i, choice) in question.Choices.Index())
            text.Append($"\n({Question.Letter(i)}) {choice.Trim()}");
        return text.ToString();
    }

    /// <summary>Whole passages while they fit; the first one that does not is cut, those behind it are left out.</summary>
    public static string Passages(IReadOnlyList<string> passages, int tokens)
    {
        if (passages.Count == 0)
            return "";
        var text = new StringBuilder("Passages that a search found; some may help, others may not:");
        var left = tokens;
        foreach (var (i, passage) in passages.Index())
        {
            var cost = TokenUsage.Estimate(passage);
            // The estimate is linear in letters: a share of them is a share of the tokens.
            var part = cost <= left ? passage : passage[..(int)((long)passage.Length * left / cost)];
            if (part.Length == 0)
                break;
            text.Append($"\n\n[{i + 1}] {part}");
            left -= cost;
            if (left <= 0)
                break;
        }
        return text.ToString();
    }
}
