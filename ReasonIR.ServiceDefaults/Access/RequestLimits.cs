using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ReasonIR.ServiceDefaults.Access;

/// <summary>How large a request may be, in bytes; larger ones get 413.</summary>
public static class RequestLimits
{
    /// <summary>Where <c>REASONIR_MAX_REQUEST_BYTES</c> is not set.</summary>
    public const long DefaultRequestBytes = 32L << 20;

    /// <summary>What an endpoint that takes files accepts unless it says otherwise.</summary>
    public const long UploadBytes = 64L << 30;

    /// <summary>For an endpoint that reads its body as a stream: corpora and models are larger than other requests.</summary>
    public static TBuilder AllowUpload<TBuilder>(this TBuilder endpoint, long maxBytes = UploadBytes) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new UploadLimit(maxBytes));

    internal static void AddRequestLimits(this IHostApplicationBuilder builder)
    {
        var bytes = builder.Configuration.GetValue("REASONIR_MAX_REQUEST_BYTES", DefaultRequestBytes);
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = bytes);
        builder.Services.Configure<FormOptions>(form => form.MultipartBodyLengthLimit = bytes);
    }

    sealed record UploadLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
