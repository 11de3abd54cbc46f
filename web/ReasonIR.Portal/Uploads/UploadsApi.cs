using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;

namespace ReasonIR.Portal.Uploads;

/// <summary>Files on their way in, over REST: streamed to disk, never held in memory.</summary>
public static class UploadsApi
{
    /// <summary>Adds the endpoints below <c>/api/uploads</c>.</summary>
    public static void MapUploads(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/uploads").WithTags("Uploads");
        group.MapPost("/", Create).WithName("CreateUpload").WithSummary("A new place for files.");
        group.MapPut("/{id}/files/{**path}", StoreAsync).WithName("UploadFile").WithSummary("Streams one file up.").DisableAntiforgery();
    }

    static Created<UploadInfo> Create(UploadsService uploads)
    {
        var upload = uploads.Create();
        return TypedResults.Created($"/api/uploads/{upload.Id}", upload);
    }

    static async Task<Results<NoContent, ProblemHttpResult>> StoreAsync(string id, string path, HttpContext context, UploadsService uploads, IConfiguration configuration, CancellationToken ct)
    {
        // Corpora are larger than any body that the other endpoints take; the disk is the bound, and a setting below it.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = configuration.GetValue("Uploads:MaxFileBytes", 64L << 30);
        try
        {
            await uploads.StoreAsync(id, path, context.Request.Body, ct);
            return TypedResults.NoContent();
        }
        catch (KeyNotFoundException)
        {
            return Missing.Of("upload", id);
        }
    }
}
