using Microsoft.AspNetCore.Http.HttpResults;

namespace ReasonIR.Portal;

/// <summary>The answer when a name leads nowhere.</summary>
public static class Missing
{
    /// <summary>404 that says what was asked for.</summary>
    public static ProblemHttpResult Of(string what, object name) =>
        TypedResults.Problem($"There is no {what} '{name}'.", statusCode: StatusCodes.Status404NotFound, title: "Not found");
}
