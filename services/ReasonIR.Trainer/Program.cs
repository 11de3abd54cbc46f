using ReasonIR.Experiments;
using ReasonIR.Trainer;
using ReasonIR.Trainer.Estimating;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddTrainer();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapEstimate();
app.Run();
