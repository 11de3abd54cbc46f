using System.Globalization;
using System.Net.Http.Json;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Contracts.Judging;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Client;

/// <summary>Results against each other, judgments and contamination, over the portal's REST API.</summary>
/// <param name="http">A client whose base address is the portal's.</param>
public sealed class ComparisonClient(HttpClient http)
{
    /// <summary>Why two results differ.</summary>
    public Task<DifferenceInfo> ExplainAsync(long a, long b, string measure, CancellationToken ct) =>
        GetAsync<DifferenceInfo>($"api/results/{a}/difference/{b}?measure={Escape(measure)}", ct);

    /// <summary>Starts the evaluation that measures what one cause does.</summary>
    public async Task<RunInfo> StartMissingAsync(long a, long b, string cause, string measure, bool fromB, CancellationToken ct)
    {
        using var response = await http.PostAsync($"api/results/{a}/difference/{b}/missing?cause={Escape(cause)}&measure={Escape(measure)}&fromB={(fromB ? "true" : "false")}", null, ct);
        return await ServiceException.ReadAsync<RunInfo>(response, ct);
    }

    /// <summary>All pairs of the systems of leaderboards, or of those that are named.</summary>
    public Task<IReadOnlyList<SignificanceInfo>> SignificanceAsync(
        string? corpus, string measure, string test, string correction, double level, CancellationToken ct, IReadOnlyList<string>? systems = null) =>
        GetAsync<IReadOnlyList<SignificanceInfo>>($"api/leaderboard/significance?corpus={Escape(corpus)}&measure={Escape(measure)}&test={Escape(test)}&correction={Escape(correction)}&level={level.ToString(CultureInfo.InvariantCulture)}&systems={Escape(string.Join(',', systems ?? []))}", ct);

    /// <summary>Documents that results rank near the top and nobody judged.</summary>
    public Task<PoolInfo> PoolAsync(IEnumerable<long> results, int depth, int skip, int take, CancellationToken ct) =>
        GetAsync<PoolInfo>($"api/pool?results={string.Join(',', results)}&depth={depth}&skip={skip}&take={take}", ct);

    /// <summary>Changes judgments.</summary>
    public async Task<JudgeAnswer> JudgeAsync(string corpus, string querySet, JudgeRequest request, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync($"api/corpora/{Escape(corpus)}/query-sets/{Escape(querySet)}/judgments", request, ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<JudgeAnswer>(response, ct);
    }

    /// <summary>The judgments of a query set in TREC's form.</summary>
    public async Task<string> QrelsAsync(string corpus, string querySet, CancellationToken ct)
    {
        using var response = await http.GetAsync($"api/corpora/{Escape(corpus)}/query-sets/{Escape(querySet)}/judgments", ct);
        await ServiceException.ThrowIfFailedAsync(response, ct);
        return await response.Content.ReadAsStringAsync(ct);
    }

    /// <summary>Makes the judgments of a file in TREC's form those of the set.</summary>
    public async Task<JudgeAnswer> ImportQrelsAsync(string corpus, string querySet, Stream file, string name, string author, string? note, CancellationToken ct)
    {
        using var body = new StreamContent(file);
        body.Headers.ContentType = new("text/plain");
        using var response = await http.PutAsync($"api/corpora/{Escape(corpus)}/query-sets/{Escape(querySet)}/judgments?author={Escape(author)}&note={Escape(note)}&name={Escape(name)}", body, ct);
        return await ServiceException.ReadAsync<JudgeAnswer>(response, ct);
    }

    /// <summary>Who changed which judgment, newest first.</summary>
    public Task<Page<JudgmentEditInfo>> JudgmentHistoryAsync(string corpus, string querySet, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<JudgmentEditInfo>>($"api/corpora/{Escape(corpus)}/query-sets/{Escape(querySet)}/judgments/history?skip={skip}&take={take}", ct);

    /// <summary>One contamination report.</summary>
    public Task<ContaminationReportInfo> ContaminationAsync(long id, CancellationToken ct) => GetAsync<ContaminationReportInfo>($"api/contamination/{id}", ct);

    /// <summary>The findings of a report.</summary>
    public Task<Page<ContaminationFindingInfo>> FindingsAsync(long id, string? kind, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<ContaminationFindingInfo>>($"api/contamination/{id}/findings?kind={Escape(kind)}&skip={skip}&take={take}", ct);

    /// <summary>What a model has seen of evaluations.</summary>
    public Task<ExposureInfo> ExposureAsync(string model, CancellationToken ct) => GetAsync<ExposureInfo>($"api/models/{Escape(model)}/exposure", ct);

    async Task<T> GetAsync<T>(string address, CancellationToken ct)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        return await ServiceException.ReadAsync<T>(response, ct);
    }

    static string Escape(string? text) => Uri.EscapeDataString(text ?? "");
}
