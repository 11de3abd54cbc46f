namespace ReasonIR.Training.Data;

/// <summary>A passage of an example, as text.</summary>
/// <param name="Text">Not blank.</param>
/// <param name="Document">A key of the document it is, in its collection (<see cref="Contrastive.SeededDraw.Hash"/> of both names); 0: unknown, its text is its key.</param>
/// <param name="Score">A teacher's score of it for the query; NaN: none.</param>
/// <param name="Instruction">Goes into the prompt; null: none.</param>
public sealed record TextPassage(string Text, long Document = 0, float Score = float.NaN, string? Instruction = null);

/// <summary>A training example as text, before it is tokenized.</summary>
/// <param name="Number">Its number in its dataset, for messages.</param>
/// <param name="Instruction">Goes into the query's prompt; null: none.</param>
/// <param name="Positives">At least one.</param>
/// <param name="Weight">In the loss.</param>
/// <param name="Reasoned">The query rewritten with reasoning, or null.</param>
public sealed record TextExample(
    int Number, string Query, string? Instruction, IReadOnlyList<TextPassage> Positives, IReadOnlyList<TextPassage> Negatives, float Weight = 1, string? Reasoned = null);

/// <summary>What is put before texts.</summary>
/// <param name="Query">Before a query; the place <c>{instruction}</c> is for its instruction.</param>
/// <param name="QueryBare">Before a query without one, where <paramref name="Query"/> has the place.</param>
/// <param name="Passage">Before a passage.</param>
/// <param name="PassageBare">As <paramref name="QueryBare"/>.</param>
public sealed record TextPrompts(string Query = "", string QueryBare = "", string Passage = "", string PassageBare = "")
{
    const string Place = Models.SentenceTransformers.PromptSet.InstructionPlace;

    /// <summary>The prompt of a query. An instruction that has no place in it is left out.</summary>
    public string ForQuery(string? instruction) => Fill(Query, QueryBare, instruction);

    /// <summary>The prompt of a passage.</summary>
    public string ForPassage(string? instruction) => Fill(Passage, PassageBare, instruction);

    /// <summary>Whether instructions of queries have a place.</summary>
    public bool TakesInstruction => Query.Contains(Place, StringComparison.Ordinal);

    static string Fill(string prompt, string bare, string? instruction) =>
        !prompt.Contains(Place, StringComparison.Ordinal) ? prompt : string.IsNullOrEmpty(instruction) ? bare : prompt.Replace(Place, instruction, StringComparison.Ordinal);
}
