using System.Net.Http.Json;
using System.Text.Json;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Corpora;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Trainer;

namespace ReasonIR.Contracts.Client;

/// <summary>The public REST API of the portal, as the command line and tests use it.</summary>
/// <param name="http">A client whose base address is the portal's.</param>
public sealed class ReasonIrClient(HttpClient http)
{
    /// <summary>All corpora.</summary>
    public Task<IReadOnlyList<CorpusInfo>> CorporaAsync(CancellationToken ct) => GetAsync<IReadOnlyList<CorpusInfo>>("api/corpora", ct);

    /// <summary>One corpus.</summary>
    public Task<CorpusInfo> CorpusAsync(string name, CancellationToken ct) => GetAsync<CorpusInfo>($"api/corpora/{Segment(name)}", ct);

    /// <summary>Removes a corpus with its queries, judgments, indexes and results.</summary>
    public Task DeleteCorpusAsync(string name, CancellationToken ct) => SendAsync(HttpMethod.Delete, $"api/corpora/{Segment(name)}", ct);

    /// <summary>Documents of a corpus, optionally those whose id, title or text holds the words.</summary>
    public Task<Page<DocumentInfo>> DocumentsAsync(string corpus, string? search, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<DocumentInfo>>($"api/corpora/{Segment(corpus)}/documents?search={Uri.EscapeDataString(search ?? "")}&skip={skip}&take={take}", ct);

    /// <summary>Queries of a set with judgments and exclusions.</summary>
    public Task<Page<QueryInfo>> QueriesAsync(string corpus, string querySet, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<QueryInfo>>($"api/corpora/{Segment(corpus)}/query-sets/{Segment(querySet)}/queries?skip={skip}&take={take}", ct);

    /// <summary>Experiments, newest first.</summary>
    public Task<IReadOnlyList<Studies.StudyInfo>> ExperimentsAsync(CancellationToken ct) => GetAsync<IReadOnlyList<Studies.StudyInfo>>("api/experiments", ct);

    /// <summary>An experiment's table.</summary>
    public Task<Studies.StudyInfo> ExperimentAsync(long run, CancellationToken ct) => GetAsync<Studies.StudyInfo>($"api/experiments/{run}", ct);

    /// <summary>An experiment's plot as SVG.</summary>
    public async Task<Stream> ExperimentPlotAsync(long run, CancellationToken ct) => await http.GetStreamAsync($"api/experiments/{run}/plot.svg", ct);

    /// <summary>All dataset versions, newest first.</summary>
    public Task<IReadOnlyList<DatasetVersionInfo>> DatasetsAsync(CancellationToken ct) => GetAsync<IReadOnlyList<DatasetVersionInfo>>("api/datasets", ct);

    /// <summary>Examples of a dataset version.</summary>
    public Task<Page<ExampleInfo>> ExamplesAsync(string dataset, int version, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<ExampleInfo>>($"api/datasets/{Segment(dataset)}/versions/{version}/examples?skip={skip}&take={take}", ct);

    /// <summary>All models.</summary>
    public Task<IReadOnlyList<ModelInfo>> ModelsAsync(CancellationToken ct) => GetAsync<IReadOnlyList<ModelInfo>>("api/models", ct);

    /// <summary>One model.</summary>
    public Task<ModelInfo> ModelAsync(string name, CancellationToken ct) => GetAsync<ModelInfo>($"api/models/{Segment(name)}", ct);

    /// <summary>Says how a model is served from now on.</summary>
    public async Task<ModelInfo> ServeAsync(string name, ServingSettings settings, CancellationToken ct)
    {
        using var response = await http.PutAsJsonAsync($"api/models/{Segment(name)}/serving", settings, ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<ModelInfo>(response, ct);
    }

    /// <summary>Runs, newest first.</summary>
    public Task<Page<RunInfo>> RunsAsync(string? kind, string? state, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<RunInfo>>($"api/runs?kind={kind}&state={state}&skip={skip}&take={take}", ct);

    /// <summary>One run with spec, output, children and lineage.</summary>
    public Task<RunDetail> RunAsync(long id, CancellationToken ct) => GetAsync<RunDetail>($"api/runs/{id}", ct);

    /// <summary>A run's metric series, ascending by step.</summary>
    public Task<IReadOnlyList<MetricPoint>> MetricsAsync(long id, CancellationToken ct) => GetAsync<IReadOnlyList<MetricPoint>>($"api/runs/{id}/metrics", ct);

    /// <summary>A run's log lines after one, ascending.</summary>
    public Task<IReadOnlyList<RunLogLine>> LogAsync(long id, long after, CancellationToken ct) => GetAsync<IReadOnlyList<RunLogLine>>($"api/runs/{id}/log?after={after}", ct);

    /// <summary>Asks for a run; the same check as on the server runs first.</summary>
    public async Task<RunInfo> StartAsync(IRunSpec spec, CancellationToken ct)
    {
        var kind = RunSpecs.KindOf(spec);
        RunSpecs.ThrowIfInvalid(kind, spec);
        using var response = await http.PostAsJsonAsync("api/runs", new RunRequest(kind, JsonSerializer.SerializeToElement(spec, spec.GetType(), ReasonIrJson.Web)), ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<RunInfo>(response, ct);
    }

    /// <summary>Tells a run to stop.</summary>
    public Task CancelAsync(long id, CancellationToken ct) => SendAsync(HttpMethod.Post, $"api/runs/{id}/cancel", ct);

    /// <summary>Lets a run and those it started wait, with what they have done.</summary>
    public Task PauseAsync(long id, CancellationToken ct) => SendAsync(HttpMethod.Post, $"api/runs/{id}/pause", ct);

    /// <summary>Queues a run of another's spec, with single fields changed (<c>path=value</c>, training runs).</summary>
    public async Task<RunInfo> CloneAsync(long id, IReadOnlyList<string> set, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync($"api/runs/{id}/clone", new CloneRequest(set), ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<RunInfo>(response, ct);
    }

    /// <summary>Memory and time of a recipe, before it is started.</summary>
    public async Task<TrainEstimate> EstimateAsync(TrainSpec spec, bool probe, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync("api/recipes/estimate", new EstimateRequest(spec, probe), ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<TrainEstimate>(response, ct);
    }

    /// <summary>Lets a paused run go on, or queues a failed or canceled one again; it goes on from its checkpoint.</summary>
    public Task ResumeAsync(long id, CancellationToken ct) => SendAsync(HttpMethod.Post, $"api/runs/{id}/resume", ct);

    /// <summary>A new place for files.</summary>
    public async Task<UploadInfo> CreateUploadAsync(CancellationToken ct)
    {
        using var response = await http.PostAsync("api/uploads", null, ct);
        return await ServiceException.ReadAsync<UploadInfo>(response, ct);
    }

    /// <summary>Streams one file up.</summary>
    /// <param name="upload">The upload's id.</param>
    /// <param name="path">Relative path with forward slashes, e.g. <c>qrels/test.tsv</c>.</param>
    /// <param name="content">The file.</param>
    /// <param name="ct">Cancels.</param>
    public async Task UploadAsync(string upload, string path, Stream content, CancellationToken ct)
    {
        using var body = new StreamContent(content);
        using var response = await http.PutAsync($"api/uploads/{upload}/files/{string.Join('/', path.Split('/').Select(Segment))}", body, ct);
        await ServiceException.ThrowIfFailedAsync(response, ct);
    }

    /// <summary>Searches.</summary>
    public async Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync("api/search", request, ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<SearchResponse>(response, ct);
    }

    /// <summary>The newest version of each pipeline.</summary>
    public Task<IReadOnlyList<PipelineInfo>> PipelinesAsync(CancellationToken ct) => GetAsync<IReadOnlyList<PipelineInfo>>("api/pipelines", ct);

    /// <summary>A pipeline: <c>name</c> or <c>name@version</c>.</summary>
    public Task<PipelineInfo> PipelineAsync(string reference, CancellationToken ct) => GetAsync<PipelineInfo>($"api/pipelines/{Segment(reference)}", ct);

    /// <summary>Where two pipelines differ.</summary>
    public Task<IReadOnlyList<PipelineDifference>> PipelineDifferenceAsync(string a, string b, CancellationToken ct) =>
        GetAsync<IReadOnlyList<PipelineDifference>>($"api/pipelines/difference?a={Segment(a)}&b={Segment(b)}", ct);

    /// <summary>Stores a pipeline: a new version, unless the newest does the same.</summary>
    /// <param name="text">YAML or JSON.</param>
    public async Task<PipelineInfo> SavePipelineAsync(string name, string text, CancellationToken ct)
    {
        using var body = new StringContent(text, System.Text.Encoding.UTF8, "application/yaml");
        using var response = await http.PutAsync($"api/pipelines/{Segment(name)}", body, ct);
        return await ServiceException.ReadAsync<PipelineInfo>(response, ct);
    }

    /// <summary>Sets of stored rewrites.</summary>
    public Task<IReadOnlyList<RewriteSetInfo>> RewritesAsync(CancellationToken ct) => GetAsync<IReadOnlyList<RewriteSetInfo>>("api/rewrites", ct);

    /// <summary>Stores rewrites.</summary>
    /// <param name="content">JSON <c>{"query or its id": "rewrite"}</c>.</param>
    public async Task<RewriteSetInfo> ImportRewritesAsync(string name, Stream content, CancellationToken ct)
    {
        using var body = new StreamContent(content);
        using var response = await http.PutAsync($"api/rewrites/{Segment(name)}", body, ct);
        return await ServiceException.ReadAsync<RewriteSetInfo>(response, ct);
    }

    /// <summary>Results, newest first.</summary>
    public Task<IReadOnlyList<ResultInfo>> LeaderboardAsync(string? corpus, CancellationToken ct) =>
        GetAsync<IReadOnlyList<ResultInfo>>($"api/results?corpus={Uri.EscapeDataString(corpus ?? "")}", ct);

    /// <summary>The registry and one's own benchmarks.</summary>
    public Task<IReadOnlyList<Benchmark>> BenchmarksAsync(CancellationToken ct) => GetAsync<IReadOnlyList<Benchmark>>("api/benchmarks", ct);

    /// <summary>A benchmark's tasks, measured systems and reported results.</summary>
    public Task<BenchmarkBoard> BenchmarkAsync(string name, string? querySet, bool longDocuments, CancellationToken ct) =>
        GetAsync<BenchmarkBoard>($"api/benchmarks/{Segment(name)}?querySet={Uri.EscapeDataString(querySet ?? "")}&longDocuments={(longDocuments ? "true" : "false")}", ct);

    /// <summary>The queries of a result with their measures.</summary>
    public Task<Page<ResultQueryInfo>> ResultQueriesAsync(long id, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<ResultQueryInfo>>($"api/results/{id}/queries?skip={skip}&take={take}", ct);

    /// <summary>A result's ranking as a TREC run file.</summary>
    public async Task<Stream> RunFileAsync(long resultId, CancellationToken ct) => await http.GetStreamAsync($"api/results/{resultId}/run-file", ct);

    async Task<T> GetAsync<T>(string address, CancellationToken ct)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
        return await ServiceException.ReadAsync<T>(response, ct);
    }

    async Task SendAsync(HttpMethod method, string address, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, address);
        using var response = await http.SendAsync(request, ct);
        await ServiceException.ThrowIfFailedAsync(response, ct);
    }

    static string Segment(string name) => Uri.EscapeDataString(name);
}
