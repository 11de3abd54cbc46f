using ReasonIR.Encoder.Serving;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Tests.Serving;

public sealed class ModelPromptsTests
{
    [Theory]
    [InlineData("bare: ", "document: ", "bare: ")]
    [InlineData(null, "document: ", "document: ")]
    public void A_query_without_instruction_has_the_prompt_for_such_queries(string? bare, string document, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("reasonir-prompts-");
        try
        {
            var prompts = new Dictionary<string, string> { ["query"] = "{instruction}: ", ["document"] = document };
            if (bare is not null)
                prompts["query_bare"] = bare;
            using var encoder = ModelFolder.Open(TinyBert.Save(folder.FullName, prompts));
            Assert.Equal(expected, encoder.PromptText(ModelPrompts.Named(encoder, "query")));
            Assert.Equal("find: ", encoder.PromptText(ModelPrompts.Named(encoder, "query") with { PromptName = "query", Instruction = "find" }));
            Assert.Equal(document, encoder.PromptText(ModelPrompts.Named(encoder, "document")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
