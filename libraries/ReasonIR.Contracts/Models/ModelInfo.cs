namespace ReasonIR.Contracts.Models;

/// <summary>A registered model.</summary>
/// <param name="Name">The name it is served by.</param>
/// <param name="Kind">Its architecture: <c>static</c>, <c>bert</c>.</param>
/// <param name="Revision">Hash of its files.</param>
/// <param name="BaseModel">What it was trained from.</param>
/// <param name="Dimension">Width of its vectors.</param>
/// <param name="MaxTokens">Longer texts are cut; null: no limit.</param>
/// <param name="Pooling">How token vectors become one.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="CreatedAt">When.</param>
public sealed record ModelInfo(
    string Name,
    string Kind,
    string Revision,
    string? BaseModel,
    int Dimension,
    int? MaxTokens,
    string Pooling,
    long? RunId,
    DateTimeOffset CreatedAt);
