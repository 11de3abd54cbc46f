using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;

namespace ReasonIR.Synthesis.Engine;

/// <summary>Which errors of an endpoint concern what.</summary>
static class ModelTrouble
{
    /// <summary>The server will not answer this request, whoever asks: only its item is lost.</summary>
    public static bool IsRefusal(ChatException error) => error.Status is 400 or 413 or 422;

    /// <summary>An endpoint that is away, after all attempts: the run pauses and goes on from here.</summary>
    public static bool IsAway(ChatException error) => error.Status is 0 or 408 or 429 or >= 500;

    /// <summary>Has the run try again later where the endpoint is away.</summary>
    public static async Task<T> TranslateAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (ChatException error) when (IsAway(error))
        {
            throw new TransientRunException(error.Message, error);
        }
    }
}
