using Microsoft.Extensions.Configuration;

// The whole system on one page. By default ReasonIR.Hosting runs it as processes of this machine; the same file
// compiles against Aspire's packages (-p:UpstreamPackages=true), which run the databases as containers.
var builder = DistributedApplication.CreateBuilder(args);

var data = builder.Configuration["REASONIR_DATA"] ?? Path.Combine(builder.AppHostDirectory, ".reasonir");
var artifacts = builder.Configuration["REASONIR_ARTIFACTS"] ?? Path.Combine(data, "artifacts");
var samples = builder.Configuration["REASONIR_SAMPLES"] ?? Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "samples"));
int? port = builder.Configuration.GetValue("port", 5080) is > 0 and var chosen ? chosen : null; // 0: a free one

var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("reasonir");
var qdrant = builder.AddQdrant("qdrant").WithDataVolume();

var migrations = builder.AddProject<Projects.ReasonIR_Migrations>("migrations")
    .WithReference(database).WaitFor(database);

var encoder = Service<Projects.ReasonIR_Encoder>("encoder");
var search = Service<Projects.ReasonIR_Search>("search").WithReference(encoder).WithReference(qdrant).WaitFor(qdrant);
var synthesis = Service<Projects.ReasonIR_Synthesis>("synthesis").WithReference(search);
search.WithReference(synthesis); // each asks the other: pipelines rewrite and rerank by a language model, questions are answered with passages
var trainer = Service<Projects.ReasonIR_Trainer>("trainer").WithReference(encoder);

Service<Projects.ReasonIR_Portal>("portal", port)
    .WithExternalHttpEndpoints()
    .WithEnvironment("REASONIR_SAMPLES", samples)
    .WithReference(synthesis).WithReference(trainer).WithReference(encoder).WithReference(search);

builder.Build().Run();

IResourceBuilder<ProjectResource> Service<TProject>(string name, int? fixedPort = null) where TProject : IProjectMetadata, new() =>
    builder.AddProject<TProject>(name)
        .WithHttpEndpoint(port: fixedPort)
        .WithHttpHealthCheck("/health")
        .WithEnvironment("REASONIR_ARTIFACTS", artifacts)
        .WithReference(database)
        .WaitForCompletion(migrations);
