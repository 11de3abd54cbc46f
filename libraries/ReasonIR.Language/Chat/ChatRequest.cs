using ReasonIR.Language.Structured;

namespace ReasonIR.Language.Chat;

public enum ChatRole { System, User, Assistant }

public sealed record ChatTurn(ChatRole Role, string Text)
{
    public static ChatTurn System(string text) => new(ChatRole.System, text);

    public static ChatTurn User(string text) => new(ChatRole.User, text);

    public static ChatTurn Assistant(string text) => new(ChatRole.Assistant, text);
}

/// <summary>One question to a chat model.</summary>
/// <param name="Turns">System message first, then user and assistant in turn.</param>
/// <param name="MaxOutputTokens">The answer's bound; together with the prices it bounds what the request can cost.</param>
/// <param name="Schema">The shape of the answer, or null for free text.</param>
/// <param name="Seed">Passed on; servers that know none ignore it. It is part of the request's hash.</param>
/// <param name="TopP">Nucleus sampling; null: the server's own.</param>
public sealed record ChatRequest(
    IReadOnlyList<ChatTurn> Turns, int MaxOutputTokens, JsonSchema? Schema = null, double? Temperature = null, int? Seed = null, double? TopP = null);

/// <summary>Why a request is made; kept beside its answer.</summary>
/// <param name="Run">The run's id, or null outside of a run.</param>
/// <param name="Purpose">Such as <c>hard-query</c>.</param>
/// <param name="PromptHash">The hash of the prompt file the turns were rendered from.</param>
public sealed record CallPurpose(string? Run, string Purpose, string? PromptHash);
