using ReasonIR.Experiments;
using ReasonIR.Trainer;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddTrainer();

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
