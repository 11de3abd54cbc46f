using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace ReasonIR.Portal.Tests.Api;

/// <summary>The OpenAPI document is valid and names everything.</summary>
public sealed class DocumentTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_valid_and_every_operation_has_a_name_and_a_summary()
    {
        await using var stream = await portal.Empty.GetStreamAsync("/api/openapi.json", Token);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory, Token);
        memory.Position = 0;
        var (document, diagnostic) = await OpenApiDocument.LoadAsync(memory, "json", cancellationToken: Token);
        Assert.Empty(diagnostic!.Errors.Select(error => error.ToString()));
        var operations = document!.Paths.SelectMany(path => path.Value.Operations!.Select(operation => (path.Key, operation.Key.Method, operation.Value))).ToList();
        Assert.True(operations.Count >= 25, $"{operations.Count} operations");
        Assert.Empty(operations.Where(operation => string.IsNullOrEmpty(operation.Value.Summary) || string.IsNullOrEmpty(operation.Value.OperationId)).Select(operation => $"{operation.Method} {operation.Key}"));
        Assert.Equal(operations.Count, operations.Select(operation => operation.Value.OperationId).Distinct().Count());
        Assert.All(new[] { "/api/runs", "/api/corpora/{name}", "/api/leaderboard", "/api/uploads/{id}/files/{path}", "/api/overview" }, path => Assert.Contains(path, document.Paths.Keys));
    }
}
