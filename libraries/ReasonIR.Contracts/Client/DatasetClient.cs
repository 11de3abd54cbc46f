using System.Net.Http.Json;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Client;

/// <summary>Datasets as products over the portal's REST API: files, cards, reports, differences, reviews, lineage.</summary>
/// <param name="http">A client whose base address is the portal's.</param>
public sealed class DatasetClient(HttpClient http)
{
    /// <summary>The version that <c>name</c> or <c>name@version</c> means: without a number the newest complete one.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public async Task<DatasetVersionInfo> FindAsync(DatasetReference reference, CancellationToken ct)
    {
        if (reference.Version is { } version)
            return await GetAsync<DatasetVersionInfo>($"api/datasets/{Escape(reference.Name)}/versions/{version}", ct);
        return (await GetAsync<IReadOnlyList<DatasetVersionInfo>>("api/datasets", ct)).Where(found => found.Dataset == reference.Name && found.Sealed).MaxBy(found => found.Version)
            ?? throw new ArgumentException($"There is no complete version of a dataset '{reference.Name}'.");
    }

    /// <summary>The examples of a version as a file.</summary>
    /// <param name="negatives">Columns of negatives, for forms that have columns; null: as many as every example has.</param>
    public Task<Stream> ExportAsync(DatasetVersionInfo version, string format, int? negatives, bool lossy, CancellationToken ct) => StreamAsync($"{Of(version)}/export{Form(format, negatives, lossy)}", ct);

    /// <summary>The card that goes with the file of a format, Markdown.</summary>
    public async Task<string> CardAsync(DatasetVersionInfo version, string format, int? negatives, bool lossy, CancellationToken ct)
    {
        await using var stream = await StreamAsync($"{Of(version)}/card{Form(format, negatives, lossy)}", ct);
        return await new StreamReader(stream).ReadToEndAsync(ct);
    }

    /// <summary>The ids that no corpus held when a dataset version was imported, as TSV.</summary>
    public Task<Stream> UnresolvedAsync(string dataset, int version, CancellationToken ct) => StreamAsync($"api/datasets/{Escape(dataset)}/versions/{version}/unresolved", ct);

    /// <summary>How good a version is.</summary>
    public Task<DatasetQuality> ReportAsync(DatasetVersionInfo version, CancellationToken ct) => GetAsync<DatasetQuality>($"{Of(version)}/report", ct);

    /// <summary>Where an example comes from.</summary>
    public Task<ExampleLineage> LineageAsync(DatasetVersionInfo version, int ordinal, CancellationToken ct) => GetAsync<ExampleLineage>($"{Of(version)}/examples/{ordinal}", ct);

    /// <summary>What one version has that another has not.</summary>
    public Task<DatasetDifference> DifferenceAsync(DatasetReference a, DatasetReference b, string? change, int skip, int take, CancellationToken ct) =>
        GetAsync<DatasetDifference>($"api/datasets/difference?a={Escape(a.ToString())}&b={Escape(b.ToString())}&change={Escape(change)}&skip={skip}&take={take}", ct);

    /// <summary>Examples with what reviewers say of them.</summary>
    public Task<Page<ReviewedExample>> ReviewedAsync(DatasetVersionInfo version, string state, string? author, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<ReviewedExample>>($"{Of(version)}/reviews?state={Escape(state)}&author={Escape(author)}&skip={skip}&take={take}", ct);

    /// <summary>Stores decisions.</summary>
    public Task<IReadOnlyList<ReviewInfo>> ReviewAsync(DatasetVersionInfo version, ReviewRequest request, CancellationToken ct) => PostAsync<ReviewRequest, IReadOnlyList<ReviewInfo>>($"{Of(version)}/reviews", request, ct);

    /// <summary>All decisions, newest first.</summary>
    public Task<Page<ReviewInfo>> ReviewHistoryAsync(DatasetVersionInfo version, int? ordinal, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<ReviewInfo>>($"{Of(version)}/reviews/history?skip={skip}&take={take}{(ordinal is null ? "" : $"&ordinal={ordinal}")}", ct);

    /// <summary>How far reviewers agree.</summary>
    public Task<AgreementInfo> AgreementAsync(DatasetVersionInfo version, CancellationToken ct) => GetAsync<AgreementInfo>($"{Of(version)}/reviews/agreement", ct);

    /// <summary>A new version of what reviewers decided.</summary>
    public Task<ApplyReviewsAnswer> ApplyReviewsAsync(DatasetVersionInfo version, ApplyReviewsRequest request, CancellationToken ct) => PostAsync<ApplyReviewsRequest, ApplyReviewsAnswer>($"{Of(version)}/reviews/apply", request, ct);

    static string Of(DatasetVersionInfo version) => $"api/datasets/{Escape(version.Dataset)}/versions/{version.Version}";

    static string Form(string format, int? negatives, bool lossy) => $"?format={Escape(format)}{(negatives is null ? "" : $"&negatives={negatives}")}&lossy={(lossy ? "true" : "false")}";

    async Task<T> GetAsync<T>(string address, CancellationToken ct)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        return await ServiceException.ReadAsync<T>(response, ct);
    }

    async Task<TAnswer> PostAsync<TRequest, TAnswer>(string address, TRequest request, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(address, request, ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<TAnswer>(response, ct);
    }

    async Task<Stream> StreamAsync(string address, CancellationToken ct)
    {
        var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        await ServiceException.ThrowIfFailedAsync(response, ct);
        return await response.Content.ReadAsStreamAsync(ct);
    }

    static string Escape(string? text) => Uri.EscapeDataString(text ?? "");
}
