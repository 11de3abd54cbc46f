namespace ReasonIR.Synthesis.Reranking;

/// <summary>What it means that a text helps, by BRIGHT's kinds of task.</summary>
static class RerankTasks
{
    public static string Of(string task) => task switch
    {
        "general" => "A text helps when what it says is needed to answer the question, even where it shares no words with it.",
        "stackexchange" => "The question is a post of somebody who wants to understand or decide something. A text helps when it explains the facts, mechanisms or concepts that a good answer rests on, even where it shares no words with the post.",
        "aops" => "The question is a problem of a mathematics competition, and so is each text. A text helps when its solution uses the same technique or theorem as the question's; a similar story or similar numbers do not count.",
        "leetcode" => "The question is a programming problem, and so is each text. A text helps when it is solved by the same algorithm or data structure; a similar story does not count.",
        "pony" => "The question asks for a program in the language Pony, and the texts come from its manual. A text helps when it explains syntax or a feature of the language that such a program needs.",
        "theoremqa_questions" => "The question is a problem that is solved by a theorem, and so is each text. A text helps when the same theorem or concept solves it.",
        "theoremqa_theorems" => "The question is a problem that is solved by a theorem, and each text states a theorem. A text helps when the theorem is the one needed, or an essential step of the solution.",
        _ => throw new ArgumentException($"task: there is no task '{task}'."),
    };
}
