using ReasonIR.Encoder.Embeddings;
using ReasonIR.Encoder.Shards;
using ReasonIR.Encoder.Registration;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.Services.AddOptions<ServingOptions>().BindConfiguration("Serving").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<ModelServer>();
builder.Services.AddSingleton<VectorShardWriter>();
builder.Services.AddRunHandler<EncodeHandler>();
builder.Services.AddRunHandler<RegisterModelHandler>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapEmbeddings();
app.Run();

/// <summary>The service's entry point; named so that tests can start it.</summary>
public partial class Program;
