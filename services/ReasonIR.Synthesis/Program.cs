using ReasonIR.Experiments;
using ReasonIR.Synthesis;
using ReasonIR.Synthesis.Capabilities;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddSynthesis();
var app = builder.Build();
app.MapDefaultEndpoints();
app.MapCapabilities();
app.Run();
