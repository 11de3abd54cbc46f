using ReasonIR.Experiments;
using ReasonIR.Synthesis;
using ReasonIR.Synthesis.Capabilities;
using ReasonIR.Synthesis.Reranking;
using ReasonIR.Synthesis.Rewriting;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddSynthesis();
var app = builder.Build();
app.MapDefaultEndpoints();
app.MapCapabilities();
app.MapRewrite();
app.MapRerank();
app.Run();
