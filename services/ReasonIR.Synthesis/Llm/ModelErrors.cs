using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>What goes wrong with a language model, over HTTP.</summary>
public static class ModelErrors
{
    /// <summary>The endpoint's answer, or a ProblemDetails that says whose fault it is: 409 not configured, 402 the cap, 503 the endpoint is away, 422 it refuses.</summary>
    public static async Task<IResult> AnswerAsync<T>(IEnumerable<string> problems, Func<Task<T>> answer)
    {
        if (problems.ToList() is { Count: > 0 } found)
            throw new ArgumentException(string.Join(" ", found));
        try
        {
            return TypedResults.Ok(await answer());
        }
        catch (InvalidOperationException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status409Conflict);
        }
        catch (CostCapException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status402PaymentRequired);
        }
        catch (ChatException e)
        {
            return TypedResults.Problem(e.Message, statusCode: e.Status is 0 or 408 or 429 or >= 500 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status422UnprocessableEntity);
        }
    }
}
