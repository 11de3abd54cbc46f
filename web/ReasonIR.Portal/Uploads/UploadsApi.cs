using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.ServiceDefaults.Access;

namespace ReasonIR.Portal.Uploads;

/// <summary>Files on their way in, over REST: streamed to disk, never held in memory.</summary>
public static class UploadsApi
{
    /// <summary>Adds the endpoints below <c>/api/uploads</c>.</summary>
    public static void MapUploads(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/uploads").WithTags("Uploads");
        group.MapPost("/", Create).WithName("CreateUpload").WithSummary("A new place for files.");
        group.MapPut("/{id}/files/{**path}", StoreAsync).WithName("UploadFile").WithSummary("Streams one file up.").AllowUpload();
    }

    static Created<UploadInfo> Create(UploadsService uploads)
    {
        var upload = uploads.Create();
        return TypedResults.Created($"/api/uploads/{upload.Id}", upload);
    }

    static async Task<Results<NoContent, ProblemHttpResult>> StoreAsync(string id, string path, HttpRequest request, UploadsService uploads, CancellationToken ct)
    {
        try
        {
            await uploads.StoreAsync(id, path, request.Body, ct);
            return TypedResults.NoContent();
        }
        catch (KeyNotFoundException)
        {
            return Missing.Of("upload", id);
        }
    }
}
