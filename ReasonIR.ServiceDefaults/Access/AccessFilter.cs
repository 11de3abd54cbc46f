using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ReasonIR.ServiceDefaults.Access;

/// <summary>Stands before everything a service maps: the key, and for a service without a key what a browser on this machine may be tricked into.</summary>
sealed class AccessFilter(ApiKey key) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(GuardAsync);
        next(app);
    };

    async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Path.Equals("/health", StringComparison.OrdinalIgnoreCase) || request.Path.Equals("/alive", StringComparison.OrdinalIgnoreCase))
            await next(context);
        else if (!key.Accepts(request))
        {
            context.Response.Headers.WWWAuthenticate = new[] { "Bearer", "Basic realm=\"ReasonIR: the API key is the password\"" };
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, $"This server needs its API key: send Authorization: Bearer KEY or {ApiKey.Header}: KEY.");
        }
        // DNS rebinding: a page of elsewhere whose name was pointed at 127.0.0.1 would read everything.
        else if (key.Value is null && !IsLoopbackName(request.Host.Host))
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"Host {request.Host} is not this machine; a server without {ApiKey.Variable} answers to localhost only.");
        else if ((!IsSafe(request.Method) || OpensSocket(request)) && request.Headers["Sec-Fetch-Site"] == "cross-site")
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "Another site's page may not change anything here.");
        else
            await next(context);
    }

    static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    // A GET, but what comes over it changes things, and no browser asks before it lets another site's page open one.
    static bool OpensSocket(HttpRequest request) => request.Headers.ContainsKey("Sec-WebSocket-Key");

    static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    static Task RefuseAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        return context.RequestServices.GetRequiredService<IProblemDetailsService>()
            .TryWriteAsync(new() { HttpContext = context, ProblemDetails = { Status = status, Detail = detail } }).AsTask();
    }
}
