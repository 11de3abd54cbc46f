using ReasonIR.Contracts.Runs;
using ReasonIR.Portal.Components.Training;

namespace ReasonIR.Portal.Tests.Pages;

/// <summary>The form of a recipe asks for fields that there are, and offers choices that are taken.</summary>
public sealed class RecipeFormTests
{
    const string Start = "output: m\ndata: {sources: [a]}\n";

    public static TheoryData<string> Paths => [.. RecipeForms.All.Select(one => one.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_field_of_the_form_is_one_of_the_recipe(string path)
    {
        var field = RecipeForms.All.Single(one => one.Path == path);
        foreach (var value in field.Kind switch
        {
            RecipeFieldKind.Choice => field.Options!,
            RecipeFieldKind.YesNo => ["true", "false"],
            RecipeFieldKind.Number => ["1"],
            RecipeFieldKind.Numbers => ["[1, 2]"],
            RecipeFieldKind.Texts => ["[queryToDocument]"],
            _ => ["word"],
        })
        {
            var reading = TrainSpecs.Read(TrainSpecs.Edit(Start, [$"{path}={value}"]));
            Assert.DoesNotContain(reading.Problems, problem => problem.Message.StartsWith("there is no such field", StringComparison.Ordinal) || problem.Message.Contains("expected one of") && problem.Field == path);
            Assert.Contains(reading.Values.Keys, key => key == path || key.StartsWith(path + "[", StringComparison.Ordinal) && (field.Part is null || key.EndsWith("]." + field.Part, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_draft_keeps_what_does_not_fit_and_waits_while_it_cannot_be_read()
    {
        var (draft, changes) = (new RecipeDraft(), 0);
        draft.Changed += () => changes++;
        draft.Write(Start);
        Assert.Empty(draft.Check.Problems);
        Assert.NotNull(draft.Spec);
        draft.Set("data.batchSize=\"many\"");
        Assert.Equal("many", draft.Value("data.batchSize"));
        Assert.Single(draft.ProblemsOf("data.batchSize"));
        Assert.Null(draft.Spec);
        draft.Set("data.batchSize=null", $"data.sources[1].dataset={RecipeDraft.Quote("b: \"c\" 😀 ä")}");
        Assert.Equal((2, "b: \"c\" 😀 ä"), (draft.Count("data.sources"), draft.Value("data.sources[1].dataset")));
        draft.Write("a: [");
        Assert.False(draft.IsRead);
        Assert.Single(draft.Check.Problems);
        Assert.Equal(4, changes);
    }
}
