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
/// <param name="Source">Where a foreign one came from.</param>
/// <param name="Serving">How it is served; null: as the Encoder service serves all models.</param>
/// <param name="TrainedOn">The data that it, and the models it was trained from, were trained on; null in lists of models.</param>
public sealed record ModelInfo(
    string Name,
    string Kind,
    string Revision,
    string? BaseModel,
    int Dimension,
    int? MaxTokens,
    string Pooling,
    long? RunId,
    DateTimeOffset CreatedAt,
    ModelSource? Source = null,
    ServingSettings? Serving = null,
    IReadOnlyList<TrainedOnInfo>? TrainedOn = null);

/// <summary>Where a model came from.</summary>
/// <param name="Repository">The hub's repository.</param>
/// <param name="Asked">The revision that was asked for.</param>
/// <param name="Commit">What it was.</param>
/// <param name="License">As the model card states it.</param>
/// <param name="Upload">The folder, as the user named it.</param>
public sealed record ModelSource(string? Repository = null, string? Asked = null, string? Commit = null, string? License = null, string? Upload = null);
