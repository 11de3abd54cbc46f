using ReasonIR.Contracts.Trainer;

namespace ReasonIR.Trainer.Estimating;

/// <summary>The Trainer's own endpoint, which the portal passes on.</summary>
public static class EstimateApi
{
    /// <summary>Adds <c>POST /estimate</c>.</summary>
    public static void MapEstimate(this IEndpointRouteBuilder app) => app.MapPost("/estimate", EstimateAsync);

    static async Task<TrainEstimate> EstimateAsync(EstimateRequest request, TrainEstimator estimator, CancellationToken ct) =>
        await estimator.EstimateAsync(request.Spec, request.Probe, ct);
}
