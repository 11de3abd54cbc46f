using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Language.Chat;
using ReasonIR.Synthesis.Generation;

namespace ReasonIR.Synthesis.Capabilities;

/// <summary>What the portal asks before it offers a generator.</summary>
public static class CapabilitiesApi
{
    public static void MapCapabilities(this IEndpointRouteBuilder app) =>
        app.MapGet("/capabilities", Get).WithName("Capabilities").WithSummary("Which generators can be used, and with which chat model.").WithTags("Synthesis");

    public static Ok<SynthesisCapabilities> Get(IEnumerable<IExampleGenerator> generators, ChatEndpoint endpoint)
    {
        var settings = endpoint.Settings;
        return TypedResults.Ok(new SynthesisCapabilities(
            [.. generators.Where(generator => generator.Missing is null).Select(generator => generator.Name)],
            settings.IsConfigured ? settings.Model : null,
            generators.Select(generator => generator.Missing).FirstOrDefault(missing => missing is not null),
            settings.CostCap));
    }
}
