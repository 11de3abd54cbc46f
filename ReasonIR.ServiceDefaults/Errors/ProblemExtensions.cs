using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ReasonIR.ServiceDefaults.Errors;

static class ProblemExtensions
{
    public static void AddProblems(this IHostApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails();
        // Otherwise a request that does not bind gets an empty 400 outside development.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        // A body that lacks a field, or has null in it, is refused by name instead of failing somewhere inside.
        builder.Services.ConfigureHttpJsonOptions(json =>
            (json.SerializerOptions.RespectRequiredConstructorParameters, json.SerializerOptions.RespectNullableAnnotations) = (true, true));
        builder.Services.AddExceptionHandler<ProblemExceptionHandler>();
        // First, so that it stands outside everything the service maps.
        builder.Services.Insert(0, ServiceDescriptor.Transient<IStartupFilter, ProblemFilter>());
    }

    sealed class ProblemFilter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.UseExceptionHandler();
            app.UseStatusCodePages();
            next(app);
        };
    }
}
