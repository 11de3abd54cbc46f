using ReasonIR.Language.Structured;

namespace ReasonIR.Language.Chat;

/// <summary>The configured endpoints by name. Each has its own limits, prices and connections; all share cache and ledger.</summary>
public sealed class ChatModels(IEnumerable<ChatModel> models)
{
    readonly Dictionary<string, ChatModel> models = models.ToDictionary(model => model.Settings.Name, StringComparer.OrdinalIgnoreCase);

    public ChatModel Default => models[ChatSettings.DefaultName];

    /// <summary>The default one first.</summary>
    public IReadOnlyList<ChatModel> All => [.. models.Values.OrderBy(model => model != Default).ThenBy(model => model.Settings.Name, StringComparer.Ordinal)];

    /// <param name="name">Null or empty: the default one.</param>
    /// <exception cref="ArgumentException">There is no such endpoint; the message names those that are.</exception>
    public ChatModel Find(string? name) => string.IsNullOrEmpty(name)
        ? Default
        : models.GetValueOrDefault(name) ?? throw new ArgumentException(
            $"endpoint: there is no chat endpoint '{name}'; configured are {string.Join(", ", All.Select(model => model.Settings.Name))} (Chat:Endpoints:{name} adds it).");

    /// <summary>The same, asked for JSON of a schema.</summary>
    public StructuredChat Structured(string? name) => new(Find(name));
}
