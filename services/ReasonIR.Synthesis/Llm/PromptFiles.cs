using System.Reflection;
using ReasonIR.Language.Prompts;

namespace ReasonIR.Synthesis.Llm;

/// <summary>The prompts of <c>prompts/*.md</c>, embedded in this service.</summary>
public static class PromptFiles
{
    public static Prompt HardQuery { get; } = Read("hard-query");

    public static Prompt HardNegative { get; } = Read("hard-negative");

    public static Prompt BrainstormTasks { get; } = Read("brainstorm-tasks");

    public static Prompt VariedLength { get; } = Read("varied-length");

    public static Prompt ReasonQuery { get; } = Read("reason-query");

    public static Prompt JudgePassage { get; } = Read("judge-passage");

    public static Prompt JudgePassageSecond { get; } = Read("judge-passage-second");

    public static Prompt JudgeSeed { get; } = Read("judge-seed");

    public static Prompt JudgeQuery { get; } = Read("judge-query");

    public static Prompt Rewrite { get; } = Read("rewrite");

    public static Prompt RewriteAgain { get; } = Read("rewrite-again");

    public static Prompt RerankPointwise { get; } = Read("rerank-pointwise");

    public static Prompt RerankListwise { get; } = Read("rerank-listwise");

    public static Prompt AnswerQuestion { get; } = Read("answer-question");

    static Prompt Read(string name)
    {
        var file = $"prompts/{name}.md";
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not embedded in this service.");
        using var reader = new StreamReader(stream);
        return Prompt.Parse(reader.ReadToEnd(), file);
    }
}
