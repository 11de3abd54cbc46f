namespace ReasonIR.Training.Data;

/// <summary>What a set of tokenized examples is; the file <c>set.json</c>.</summary>
/// <param name="Version">Of the layout.</param>
/// <param name="Settings">What the tokens depend on beside the texts.</param>
/// <param name="ContentHash">SHA-256 over all examples, hex.</param>
/// <param name="Examples">Examples.</param>
/// <param name="Texts">Different texts.</param>
/// <param name="Tokens">Of all texts.</param>
/// <param name="Shards">Files of texts.</param>
/// <param name="Scored">Whether every passage has a teacher's score.</param>
/// <param name="Reasoned">Examples that have a reasoned query.</param>
/// <param name="UnusedInstructions">Queries whose instruction has no place in the prompt.</param>
public sealed record TokenSetInfo(
    int Version, TokenSettings Settings, string ContentHash, int Examples, int Texts, long Tokens, int Shards, bool Scored, int Reasoned, int UnusedInstructions)
{
    internal const string Name = "set.json";
}
