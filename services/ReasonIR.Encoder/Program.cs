using ReasonIR.Encoder;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Encoder.OpenAi;
using ReasonIR.Encoder.Reranking;
using ReasonIR.Encoder.Tei;
using ReasonIR.Experiments;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddEncoder();

var app = builder.Build();
app.StartMetrics();
app.MapDefaultEndpoints();
app.MapOpenAi();
app.MapTei();
app.MapRerank();
app.MapMetrics();
app.Run();

/// <summary>The service's entry point; named so that tests can start it.</summary>
public partial class Program;
