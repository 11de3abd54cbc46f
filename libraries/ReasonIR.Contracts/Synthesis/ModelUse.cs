namespace ReasonIR.Contracts.Synthesis;

/// <summary>What a request took of a language model.</summary>
/// <param name="Model">Its name.</param>
/// <param name="PromptHash">Of the prompt that was used.</param>
/// <param name="Calls">Answers that were paid for.</param>
/// <param name="CachedCalls">Answers that were there already.</param>
/// <param name="InputTokens">Tokens sent.</param>
/// <param name="OutputTokens">Tokens answered.</param>
/// <param name="Cost">In the currency of the configured prices.</param>
public sealed record ModelUse(string Model, string PromptHash, int Calls, int CachedCalls, long InputTokens, long OutputTokens, decimal Cost)
{
    /// <summary>Nothing of a prompt.</summary>
    public static ModelUse Nothing(string promptHash) => new("", promptHash, 0, 0, 0, 0, 0);
}
